// Many small pictures in one, computed one after the other and painted as they come.
import { colourTable, mapColours } from "./colour.js";

const GAP = 1; // pixels between them

/**
 * createMosaic(tile, fill): pictures of tile x tile pixels, at most 64 of them, where fill(index, values) computes one.
 *   begin(side)   side x side of them are to be computed, from where it is
 *   next()        computes one; true while there are more
 *   paint(panel, limits, cmap)  those that are new, or all after recolour()
 *   at(row, column)  {index, value} under a pixel of the picture, index -1 between them
 */
export function createMosaic(tile, fill) {
  const tiles = [];
  const rgba = new Uint8ClampedArray(4 * tile * tile);
  const fresh = new Set();
  const pitch = tile + GAP;
  let [side, left, turn] = [0, 0, 0];
  const mosaic = {
    pitch,
    gap: GAP,
    pixels: () => side * pitch - GAP,
    recolour: () => tiles.slice(0, side * side).forEach((_, i) => fresh.add(i)),
    begin(wanted) {
      if (wanted !== side) {
        side = wanted;
        turn = 0;
        fresh.clear();
      }
      left = side * side;
    },
    next() {
      if (!left) return false;
      tiles[turn] ??= new Float32Array(tile * tile);
      fill(turn, tiles[turn]);
      fresh.add(turn);
      turn = (turn + 1) % (side * side);
      return --left > 0;
    },
    paint(panel, limits, cmap) {
      const size = mosaic.pixels();
      panel.setShape([size, size]);
      if (!fresh.size) return;
      const table = colourTable(cmap);
      panel.draw((pixels) => {
        for (const index of fresh) {
          mapColours(tiles[index], limits, table, rgba);
          const first = Math.floor(index / side) * pitch * size + (index % side) * pitch;
          for (let y = 0; y < tile; y++) {
            pixels.set(rgba.subarray(4 * y * tile, 4 * (y + 1) * tile), 4 * (first + y * size));
          }
        }
      });
      fresh.clear();
    },
    at(row, column) {
      const [y, x] = [row % pitch, column % pitch];
      if (y >= tile || x >= tile) return { index: -1 };
      const index = Math.floor(row / pitch) * side + Math.floor(column / pitch);
      return { index, value: tiles[index]?.[y * tile + x] };
    },
  };
  return mosaic;
}
