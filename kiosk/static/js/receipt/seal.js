/*
 * Reads the sealed summary of a receipt: 38 bytes and their Ed25519 signature (kiosk/domain/receipts.py has the layout).
 * Needs no network; a browser without Ed25519 of its own gets it from the installed library.
 */

const SIGNATURE = 64;
const LENGTH = 38;
const VERSION = 1;
const PURPOSE = new TextEncoder().encode("receipt\0"); // a seal of a receipt is nothing else

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/").padEnd(Math.ceil(text.length / 4) * 4, "="));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

async function genuine(signature, message, key, library) {
  let own;
  try {
    own = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    const { verifyAsync } = await import(library);
    return verifyAsync(signature, message, key);
  }
  return crypto.subtle.verify({ name: "Ed25519" }, own, signature, message);
}

/* {number, result, until: Date, sha256} of a genuine seal, null for any other text. Throws where nothing can be checked. */
export async function read(text, publicKey, library) {
  let raw;
  try {
    raw = bytes(text);
  } catch {
    return null;
  }
  if (raw.length !== LENGTH + SIGNATURE || raw[0] !== VERSION) return null;
  const content = raw.slice(0, LENGTH);
  const message = new Uint8Array([...PURPOSE, ...content]);
  if (!(await genuine(raw.slice(LENGTH), message, bytes(publicKey), library))) return null;
  const view = new DataView(content.buffer);
  return {
    number: view.getUint16(1),
    result: view.getUint8(3),
    until: new Date(view.getUint16(4) * 86_400_000),
    sha256: Array.from(content.slice(6), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
}
