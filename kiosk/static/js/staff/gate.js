/* The gate between page and server: while the page is locked no request leaves and no answer arrives. */

let opened = Promise.resolve();
let release = null;
let shut = () => location.assign(`/staff/locked?next=${encodeURIComponent(location.pathname)}`);

export const isLocked = () => release !== null;

/** Resolves at once while the page is open, else when it opens again. */
export const whenOpen = () => opened;

/** What locks the page when the server says that the session is locked. */
export function onLocked(lock) {
  shut = lock;
}

/** The server refused because the session is locked. Resolves when the page is open again. */
export function refusedAsLocked() {
  shut();
  return isLocked() ? opened : new Promise(() => {}); // without a lock of its own the page is left
}

export function close() {
  if (isLocked()) return;
  opened = new Promise((resolve) => {
    release = resolve;
  });
}

export function open() {
  const letThrough = release;
  release = null;
  opened = Promise.resolve();
  letThrough?.();
}
