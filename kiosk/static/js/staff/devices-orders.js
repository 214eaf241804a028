/* Asking the kiosk's devices for something: the press is allowed and written down, the bridge fetches it, the page waits. */

import { Unreachable, mintKey, read, write } from "./api.js";
import { first, has, t } from "./texts.js";

const PATH = "/staff/api/devices";
const AGAIN_MS = 350;

const pause = () => new Promise((resume) => setTimeout(resume, AGAIN_MS));

/** Give an order and wait for its end: `{id, state: "done" | "lost", went, fault, detail, values, picture, steps}`. */
export async function giveOrder(order, device, seconds = 0) {
  const id = mintKey();
  await write(`${PATH}/orders`, { key: id, order, device, seconds });
  for (;;) {
    await pause();
    try {
      const row = await read(`${PATH}/orders/${id}`);
      if (row.state !== "waiting") return { id, ...row };
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error; // no answer says nothing about the order: ask again
    }
  }
}

/** The sentence for why something did not go: one of the check's words, an obstacle of the wall, a device's fault. */
export function whySentence(why, otherwise = "") {
  if (!why) return otherwise;
  const obstacle = why.startsWith("wall_") ? `calibration.obstacle.${why.slice(5)}` : "";
  return first([`staff.devices.why.${why}`, obstacle, `devices.fault.${why}.staff`], t("staff.devices.why.unknown"));
}

const number = (value, digits = 1) => (typeof value === "number" ? value.toFixed(digits) : "–");

/** What a test found, as short pairs `[word, value]`; of `only` these names, or all of them. */
export function facts(device, values, only = null) {
  const rows = [];
  const add = (name, value) => (!only || only.includes(name)) && rows.push([t(`staff.devices.fact.${name}`), value]);
  if (device === "reader") {
    if (values.sam_id) add("sam_id", values.sam_id);
    if (values.readers) add("readers", values.readers);
    if (typeof values.answer_ms === "number") add("answer", `${number(values.answer_ms, 0)} ms`);
    add("card", values.card ? t("staff.devices.fact.card_yes") : t("staff.devices.fact.card_no"));
  } else if (device === "camera") {
    add("size", `${values.width} × ${values.height}`);
    add("fps", number(values.fps, 0));
    add("lightness", number(values.lightness, 0));
    add("sides", number(values.sides));
    add("clipped", `${number((values.clipped ?? 0) * 100)} %`);
    add("sharpness", number(values.sharpness, 0));
    if (values.refused?.length) add("refused", values.refused.join("; "));
  } else if (device === "thermometer") {
    add("celsius", typeof values.celsius === "number" ? `${number(values.celsius)} °C` : "–");
  } else {
    for (const [name, value] of Object.entries(values)) {
      if (["string", "number", "boolean"].includes(typeof value) && has(`staff.devices.fact.${name}`)) add(name, String(value));
    }
  }
  return rows;
}
