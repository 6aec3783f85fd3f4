// Arrays as the views get them.
import { unpackArray } from "../../tcbf_widgets/widgets/shared/arrays.js";

/** What Python's pack() sends of a typed array. */
export const packed = (typed, shape, extra = {}) => ({
  dtype: typed.constructor.name.replace("Array", "").toLowerCase(),
  shape,
  scale: null,
  offset: null,
  data: new DataView(typed.buffer, typed.byteOffset, typed.byteLength),
  ...extra,
});

/** The same, unpacked. */
export const array = (typed, shape) => unpackArray(packed(typed, shape));
