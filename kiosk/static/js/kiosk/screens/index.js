// Every screen by the name the snapshot gives it. A screen is a function (context) → {node, say, update?, leave?}:
// `say` is the sentence that is read aloud, `update(snapshot)` takes a new snapshot in without drawing anew.

import { called } from "./called.js";
import { capture } from "./capture.js";
import { closed, stopped } from "./closed.js";
import { confirm } from "./confirm.js";
import { dataReported } from "./data_reported.js";
import { declare } from "./declare.js";
import { identify } from "./identify.js";
import { notice } from "./notice.js";
import { observation } from "./observation.js";
import { parked } from "./parked.js";
import { receipt } from "./receipt.js";
import { refused } from "./refused.js";
import { review } from "./review.js";
import { superseded } from "./superseded.js";
import { temperature } from "./temperature.js";
import { waiting } from "./waiting.js";
import { welcome } from "./welcome.js";

export const SCREENS = {
  called,
  capture,
  closed,
  confirm,
  data_reported: dataReported,
  declare,
  identify,
  notice,
  observation,
  parked,
  receipt,
  refused,
  review,
  stopped,
  superseded,
  temperature,
  waiting,
  welcome,
};
