// What MissingWedge says.
import { compact, fixed, short } from "./numbers.js";

export const TITLES = {
  weight: "Weight W",
  object: "Object (rad)",
  recorded: "Recorded",
  weighted: "Weighted",
};

const NBSP = "\u00a0";

/** A length of some Å along the beam, in nm. */
export const length = (distance) => (Number.isFinite(distance) ? `${compact(distance / 10, 2)}${NBSP}nm` : "no depth");

/** Place in a picture: its upright coordinate [name, Å], and x in Å. */
export const place = ([name, along], x) => `${name} ${fixed(along / 10, 2)}, x ${fixed(x / 10, 2)} nm`;

/** Where the weight is one half. */
export function half(beta) {
  if (beta === 0) return "nothing is taken away";
  const angle = Math.atan(1 / beta);
  const text = angle < 0.1 ? `${short(1000 * angle, 2)}${NBSP}mrad` : `${short((180 * angle) / Math.PI, 2)}°`;
  return `half weight at ${text}`;
}

export function status(now, { sizes }) {
  const [fine, large] = sizes.map((size) => ({ size: `${short(size)}${NBSP}Å`, ...now.resolution(size) }));
  const kept = fine.beam <= now.deep ? `keeps ${length(fine.beam)} of depth` : `smears over ${length(fine.beam)}`;
  const beam = `detail of ${fine.size} ${Number.isFinite(fine.beam) ? `${kept} in the beam` : "is not recorded"}`;
  const and = (text) => (now.beta() > 0 ? text : "");
  return (
    `β ${short(now.beta())}: ${half(now.beta())}, the beam reaches ${short(now.semiangle())}${NBSP}mrad; ` +
    `${beam}${and(`, ${length(fine.weight)} weighted`)}; ` +
    `shapes of ${large.size} smear over ${length(large.beam)}${and(` and ${length(large.weight)}`)}`
  );
}

/** Size in Å from which on the beam tells no depth within the object; 0 where it tells none of any. */
export function deepest(now, { wavelength }) {
  const angle = now.angle();
  const root = angle * angle - wavelength / now.deep;
  return root > 0 ? wavelength / (angle - Math.sqrt(root)) : 0;
}

/** What each picture shows. */
export const pictures = (now) => ({
  object: "the object",
  recorded: `what a beam of ${fixed(now.semiangle(), 1)} mrad records of it`,
  weighted: `the object weighted with β ${short(now.beta())}`,
});
