// NumPy's .npy format, version 1.0: magic, header length, a Python dict padded to 64 bytes, then the data.

const DESCR = new Map([
  [Float32Array, "<f4"],
  [Float64Array, "<f8"],
  [Uint8Array, "|u1"],
  [Uint16Array, "<u2"],
  [Int16Array, "<i2"],
  [Int32Array, "<i4"],
  [Uint32Array, "<u4"],
]);

/** Bytes of a .npy file for a typed array of the given shape. */
export function npyBytes(values, shape) {
  const descr = DESCR.get(values.constructor);
  if (!descr) throw new Error(`cannot write ${values.constructor.name} as npy`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const prefix = 10;
  const length = Math.ceil((prefix + dict.length + 1) / 64) * 64 - prefix;
  const header = `${dict.padEnd(length - 1)}\n`;
  const bytes = new Uint8Array(prefix + length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 255, length >> 8]);
  bytes.set(new TextEncoder().encode(header), prefix);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), prefix + length);
  return bytes;
}
