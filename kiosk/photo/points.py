"""Numbers of the face mesh's points, grouped by what they outline. Left and right are those of the picture."""

from __future__ import annotations

CHIN = 152
NOSE_ROOT = 168
CHEEK_LEFT, CHEEK_RIGHT = 234, 454
MOUTH_LEFT, MOUTH_RIGHT = 61, 291
EYE_CORNERS = ((33, 133), (362, 263))

#: Inner lip pairs, upper and lower.
LIP_PAIRS = ((13, 14), (82, 87), (312, 317))
#: Outer edges of upper and lower lip at the same three places.
LIP_EDGES = ((0, 17), (37, 84), (267, 314))
LIPS = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
CHIN_SKIN = (18, 83, 201, 208, 199, 428, 421, 313)
#: Skin just below the eye bags: free with a mask on, little shaded.
UNDER_EYES = ((119, 100, 101, 118), (348, 329, 330, 347))
EYE_ZONES = (
    (226, 247, 30, 29, 27, 28, 56, 190, 243, 112, 26, 22, 23, 24, 110, 25),
    (446, 467, 260, 259, 257, 258, 286, 414, 463, 341, 256, 252, 253, 254, 339, 255),
)
#: Points that hardly move with the expression: they carry the pose.
RIGID = (
    33, 133, 263, 362, 168, 6, 197, 195, 5, 4, 10, 151, 9, 234, 454, 127, 356, 93, 323, 58, 288, 152, 148, 377,
    132, 361, 21, 251, 54, 284, 67, 297, 109, 338, 116, 345, 50, 280, 101, 330,
)  # fmt: skip
