/** Remember the last result of make() for as long as key() stays the same. */
export function memoise(key, make) {
  let last = null;
  let value = null;
  return () => {
    const wanted = key();
    if (wanted !== last) {
      value = make();
      last = wanted;
    }
    return value;
  };
}
