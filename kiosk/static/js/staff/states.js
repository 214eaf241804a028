/* What a visit's state means on the list: its group, icon, tone, and the actions in the order of likelihood. */

export const GROUPS = ["hand", "seat", "waiting", "inside", "ended"];

const STATES = {
  confirming: { group: "inside", icon: "person" },
  data_reported: { group: "hand", icon: "report", tone: "warn" },
  declaring: { group: "inside", icon: "form" },
  refused: { group: "ended", icon: "stop" },
  temperature: { group: "inside", icon: "thermometer" },
  observation: { group: "hand", icon: "thermometer", tone: "bad" },
  escalated: { group: "ended", icon: "alert", tone: "bad" },
  queued: { group: "waiting", icon: "clock" },
  called: { group: "seat", icon: "bell" },
  capturing: { group: "seat", icon: "camera" },
  review: { group: "seat", icon: "search" },
  accepted: { group: "seat", icon: "phone" },
  done: { group: "ended", icon: "check" },
  parked: { group: "hand", icon: "pause", tone: "warn" },
  cancelled: { group: "ended", icon: "cross" },
};

export const ICONS = {
  call_next: "bell",
  confirm_without_card: "card",
  record_temperature: "thermometer",
  send_to_observation: "alert",
  remeasure: "thermometer",
  allow_shot: "plus",
  release_shutter: "camera",
  decide_shot: "camera",
  cancel: "cross",
  park_visit: "pause",
  resume: "play",
  resolve_report: "pen",
  requeue: "clock",
  recall: "bell",
  hold: "pause",
  release_hold: "play",
  let_in: "person",
  set_priority: "alert",
  answer_call: "check",
  bind_campus_card: "card",
};

/* The order in the menu; the first ones may stand in the row. */
const LIKELY = ["decide_shot", "resolve_report", "remeasure", "record_temperature", "resume", "allow_shot", "release_shutter", "requeue"];
const REST = ["send_to_observation", "park_visit", "cancel"];

/** A photo that the machine could not judge waits for a person, also after the student accepted it and left. */
export const photoToDecide = (visit) =>
  visit.verdict === "ask" && !visit.staff_decision && ["review", "accepted", "done"].includes(visit.state);
/** No shot left, and none good enough yet. */
export const outOfShots = (visit) => visit.shots_allowed > 0 && visit.shots_used >= visit.shots_allowed && visit.verdict === "fail";

/** `{group, icon, tone, key}` of a visit. */
export function stateOf(visit) {
  const state = STATES[visit.state] ?? { group: "inside", icon: "dot" };
  if (photoToDecide(visit)) return { group: "hand", icon: "ask", tone: "warn", key: "staff.state.photo_to_decide" };
  if (visit.state === "review" && outOfShots(visit)) return { group: "hand", icon: "camera", tone: "warn", key: "staff.state.no_shots" };
  return { tone: "", ...state, key: `staff.state.${visit.state}` };
}

/** `[first, rest]`: the action that is most likely wanted now (or null), and the others in order. */
export function actionsOf(visit) {
  const names = visit.actions ?? [];
  const wanted = LIKELY.filter((name) => names.includes(name));
  const others = [...REST.filter((name) => names.includes(name)), ...names.filter((name) => !LIKELY.includes(name) && !REST.includes(name))];
  let first = wanted.find((name) => fits(name, visit)) ?? null;
  if (visit.state === "parked" && names.includes("resume")) first = "resume";
  return [first, [...wanted.filter((name) => name !== first), ...others]];
}

function fits(name, visit) {
  if (name === "decide_shot") return photoToDecide(visit);
  if (name === "allow_shot") return outOfShots(visit);
  if (name === "release_shutter") return false; // the camera does it by itself, but for a few
  if (name === "remeasure") return visit.state === "observation";
  if (name === "requeue") return visit.state === "called";
  return true;
}
