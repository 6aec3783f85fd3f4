// The wire form of an array: {dtype, shape, scale, offset, data}, C order, little endian.
// Buffers are shared between widgets and between views, so nothing here ever writes into them.

const TYPES = {
  uint8: Uint8Array,
  bool: Uint8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
};

const unpacked = new WeakMap();

/** View a packed array as {shape, size, raw, scale, offset, values()}. Cached per packed object. */
export function unpackArray(packed, name = "array") {
  if (!packed) throw new Error(`${name} is missing`);
  let array = unpacked.get(packed);
  if (!array) unpacked.set(packed, (array = unpack(packed, name)));
  return array;
}

function unpack({ dtype, shape, scale = null, offset = null, data }, name) {
  const Type = TYPES[dtype];
  if (!Type) throw new Error(`${name} has dtype ${dtype}; accepted are ${Object.keys(TYPES).join(", ")}`);
  const raw = typedView(data, Type, name);
  const size = shape.reduce((product, length) => product * length, 1);
  if (raw.length !== size) {
    throw new Error(`${name} holds ${raw.length} numbers, but its shape (${shape.join(", ")}) asks for ${size}`);
  }
  let values = null;
  const toValues = () => (values ??= physicalValues(raw, scale, offset));
  return { shape, size, raw, scale, offset, values: toValues };
}

function typedView(data, Type, name) {
  const isView = ArrayBuffer.isView(data);
  if (!isView && !(data instanceof ArrayBuffer)) throw new Error(`${name} has no binary data`);
  const buffer = isView ? data.buffer : data;
  const start = isView ? data.byteOffset : 0;
  const bytes = data.byteLength;
  if (bytes % Type.BYTES_PER_ELEMENT) throw new Error(`${name} ends in the middle of a number (${bytes} bytes)`);
  // Messages from a kernel may place a buffer at any byte: copy only where the typed view needs alignment.
  const aligned = start % Type.BYTES_PER_ELEMENT === 0;
  return aligned
    ? new Type(buffer, start, bytes / Type.BYTES_PER_ELEMENT)
    : new Type(buffer.slice(start, start + bytes));
}

// One rounding only: the product and sum in double precision, then to float32 (as numpy does with
// (raw.astype(float64) * scale + offset).astype(float32)).
function physicalValues(raw, scale, offset) {
  if (scale === null || scale === undefined) {
    return raw instanceof Float32Array ? raw : Float32Array.from(raw);
  }
  const values = new Float32Array(raw.length);
  for (let i = 0; i < raw.length; i++) values[i] = raw[i] * scale + offset;
  return values;
}

/** The index-th slice along the first axis, as float32 values without a copy. */
export function frameValues(array, index) {
  const length = array.size / array.shape[0];
  return array.values().subarray(index * length, (index + 1) * length);
}
