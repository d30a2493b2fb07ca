/** Makes names fit for URLs. */

/** `Ada Lovelace` becomes `ada-lovelace`; whatever is no ASCII letter or digit becomes a hyphen. */
export function slugify(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
