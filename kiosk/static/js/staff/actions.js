/* Staff actions: which go at one press, which ask first, and how a press is sent, retried and taken back. */

import { Press, Refused, Unreachable } from "./api.js";
import { confirmOnly, confirmWithoutCard, decideShot, resolveReport, resume, setPriority, takeTemperature, withReason } from "./forms.js";
import { sayError, toast } from "./notices.js";
import { t } from "./texts.js";

const REASONED = new Set(["send_to_observation", "allow_shot", "release_shutter", "cancel", "park_visit"]);
/* What a press can be taken back with, while the server allows it. */
const UNDO = { park_visit: "resume", hold: "release_hold" };

/** Begin an action on a visit or a station: at once, or through its dialog. */
export function ask(name, subject, context) {
  if (document.body.classList.contains("offline")) {
    toast(t("staff.lost.title"), { tone: "warn", next: t("staff.lost.not_sent") });
    return;
  }
  if (name === "confirm_without_card") confirmWithoutCard(context, sender(name, context));
  else if (name === "decide_shot") decideShot(subject, sender(name, context, subject));
  else if (name === "resolve_report") resolveReport(subject, sender(name, context, subject));
  else if (name === "record_temperature" || name === "remeasure") takeTemperature(name, subject, sender(name, context, subject));
  else if (name === "set_priority") setPriority(subject, sender(name, context, subject));
  else if (name === "resume") askStation(subject, context);
  else if (name === "bind_campus_card") confirmOnly(name, subject, sender(name, context, subject));
  else if (REASONED.has(name)) withReason(name, subject, sender(name, context, subject));
  else if (name === "call_next" || name === "answer_call") deliver(new Press(name, { station: subject.name }), context, subject);
  else deliver(new Press(name, { visit: subject.id }), context, subject);
}

function askStation(visit, context) {
  const stations = context.page.snapshot.stations;
  if (stations.length > 1) resume(visit, stations, sender("resume", context, visit));
  else deliver(new Press("resume", { visit: visit.id, station: stations[0]?.name }), context, visit);
}

/** One press, no dialog: unwell, to the observation room. */
export const unwell = (visit, context) => deliver(new Press("send_to_observation", { visit: visit.id, reason: t("staff.reason.unwell") }), context, visit);

/** A press without a dialog: says what happened, offers retry with the same key when no answer came. */
async function deliver(press, context, subject) {
  const target = subject.id ?? subject.name;
  context.page.busy.add(target);
  context.redraw();
  try {
    finish(press, await press.send(context.live), context, subject);
  } catch (error) {
    if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
    sayError(error, () => deliver(press, context, subject));
    context.live.refresh();
  } finally {
    context.page.busy.delete(target);
    context.redraw();
  }
}

/** For dialogs: `send(body)`; the same words sent again keep the key, changed ones are a new press. */
function sender(name, context, subject = null) {
  let press = null;
  return async (body) => {
    if (!press || JSON.stringify(press.body) !== JSON.stringify(body)) press = new Press(name, body);
    try {
      finish(press, await press.send(context.live), context, subject);
    } catch (error) {
      if (error instanceof Refused) {
        press = null;
        context.live.refresh();
      }
      throw error;
    }
  };
}

function finish(press, answer, context, subject) {
  context.live.take(answer.snapshot);
  if (!answer.snapshot) context.live.refresh();
  const number = answer.result?.number ?? subject?.number ?? null;
  const sentence = t(`staff.done.${press.name}`, { who: number === null ? "" : t("staff.number", { number }) }).trim();
  const back = UNDO[press.name];
  const now = subject?.id ? context.visit(subject.id) : null;
  const stations = context.page.snapshot?.stations ?? [];
  const undo =
    back && now?.actions?.includes(back)
      ? {
          word: t("staff.undo"),
          icon: "refresh",
          run: () => deliver(new Press(back, back === "resume" ? { visit: now.id, station: now.station ?? stations[0]?.name } : { visit: now.id }), context, now),
        }
      : null;
  toast(sentence, { act: undo });
}
