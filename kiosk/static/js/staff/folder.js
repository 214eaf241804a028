/*
 * A folder as one file: what lies in it as a zip whose bytes depend on nothing else, so that the server knows it when
 * it comes twice. Pictures hardly shrink, so nothing is compressed; the zip is made of references to the files, not
 * of their bytes in memory.
 */

const LITTER = /^(thumbs\.db|desktop\.ini|ehthumbs\.db)$/i;
/* What a zip without the 64-bit extension can hold. */
export const ZIP_FILES = 0xffff;
export const ZIP_BYTES = 0xffffffff;
const LOCAL = 30;
const CENTRAL = 46;
const END = 22;
/* File names in UTF-8; 1 January 1980, the first day that a zip knows. */
const UTF8 = 0x800;
const DAY = 0x21;

const useful = (path) => !path.split("/").some((part) => part.startsWith(".") || part.startsWith("__MACOSX")) && !LITTER.test(path.split("/").at(-1));

/** What matters of the files as `{path, file}`, in an order of its own. `path`: below the folder that was chosen. */
function entries(found) {
  const rows = found.filter((row) => useful(row.path));
  return rows.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The folder of an `<input webkitdirectory>`: `{name, entries}`. */
export function chosenFolder(files) {
  const name = files[0]?.webkitRelativePath.split("/")[0] ?? "";
  return { name, entries: entries([...files].map((file) => ({ path: file.webkitRelativePath.split("/").slice(1).join("/"), file }))) };
}

/** What was dropped as a folder: `{name, entries}`; null where it was one file. */
export function droppedFolder(transfer) {
  const roots = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!roots.length || (roots.length === 1 && roots[0].isFile)) return null;
  return read(roots);
}

async function read(roots) {
  const found = [];
  const one = roots.length === 1;
  for (const root of roots) await walk(root, one ? "" : root.name, found);
  return { name: roots[0].name, entries: entries(found) };
}

async function walk(entry, path, found) {
  if (entry.isFile) {
    found.push({ path, file: await new Promise((resolve, reject) => entry.file(resolve, reject)) });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
    if (!some.length) return;
    for (const child of some) await walk(child, path ? `${path}/${child.name}` : child.name, found);
  }
}

/** Bytes of the zip of these entries. */
export function zipSize(rows) {
  const encoder = new TextEncoder();
  return rows.reduce((sum, { path, file }) => sum + LOCAL + CENTRAL + 2 * encoder.encode(path).length + file.size, END);
}

/** The zip as a Blob; `say(share)` is told how far it is. Rejects where a file can't be read. */
export async function zip(rows, say) {
  const encoder = new TextEncoder();
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [number, { path, file }] of rows.entries()) {
    const name = encoder.encode(path);
    const facts = [20, UTF8, 0, 0, DAY, await checksum(file), file.size, file.size, name.length, 0];
    const local = header(LOCAL, 0x04034b50, facts);
    parts.push(local, name, file);
    directory.push(header(CENTRAL, 0x02014b50, [20, ...facts, 0, 0, 0, 0, offset]), name);
    offset += LOCAL + name.length + file.size;
    say((number + 1) / rows.length);
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  parts.push(...directory, header(END, 0x06054b50, [0, 0, rows.length, rows.length, size, offset, 0]));
  return new Blob(parts, { type: "application/zip" });
}

/* Widths in bytes of the fields of each header, after its four of signature. */
const WIDTHS = {
  [LOCAL]: [2, 2, 2, 2, 2, 4, 4, 4, 2, 2],
  [CENTRAL]: [2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4],
  [END]: [2, 2, 2, 2, 4, 4, 2],
};

function header(length, signature, values) {
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, signature, true);
  let place = 4;
  for (const [field, width] of WIDTHS[length].entries()) {
    if (width === 2) view.setUint16(place, values[field], true);
    else view.setUint32(place, values[field], true);
    place += width;
  }
  return new Uint8Array(view.buffer);
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  return sum;
});

/** CRC-32 of a file, read piece by piece. */
async function checksum(file) {
  let sum = 0xffffffff;
  const reader = file.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return (sum ^ 0xffffffff) >>> 0;
    for (let place = 0; place < value.length; place += 1) sum = TABLE[(sum ^ value[place]) & 0xff] ^ (sum >>> 8);
  }
}
