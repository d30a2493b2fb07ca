/** Makes names fit for URLs. */

const FOLDED = new Map<string, string>();
for (const [plain, accented] of Object.entries({
  a: "àáâãäå",
  c: "ç",
  e: "èéêë",
  i: "ìíîï",
  n: "ñ",
  o: "òóôõöø",
  u: "ùúûü",
  y: "ýÿ",
  ae: "æ",
  ss: "ß",
})) {
  for (const letter of accented) FOLDED.set(letter, plain);
}

/** `Zoë Ångström` becomes `zoe-angstrom`; what has no ASCII letter that is like it becomes a hyphen. */
export function slugify(name: string): string {
  return Array.from(name.toLowerCase(), (letter) => FOLDED.get(letter) ?? letter)
    .join("")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
