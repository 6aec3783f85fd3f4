// What a reader did, kept in the reader's own browser; where that is forbidden, as it may be for files, nothing is kept.

/** The value kept under a name; null if there is none. */
export function kept(name) {
  try {
    return JSON.parse(localStorage.getItem(`tcbf:${name}`));
  } catch {
    return null;
  }
}

/** Keep a value under a name; null forgets it. */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(`tcbf:${name}`);
    else localStorage.setItem(`tcbf:${name}`, JSON.stringify(value));
  } catch {
    // this page goes on without
  }
}
