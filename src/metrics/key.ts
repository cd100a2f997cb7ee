/**
 * Metric keys: `name` or `name{tag:value,tag:value}`, tags sorted by name, so that equal label sets have equal keys.
 *
 * Values may come from a server. Whatever could be mistaken for the key's own grammar, or is not printable ASCII,
 * becomes `_`, and 64 characters are enough for anything honest.
 */
export type Tags = Readonly<Record<string, string>>;

const MAX_VALUE_LENGTH = 64;

/** The same label set has the same key, in whatever order its tags come. */
export function metricKey(name: string, tags: Tags = {}): string {
  const names = Object.keys(tags).sort();
  if (names.length === 0) return name;
  return `${name}{${names.map((tag) => `${tag}:${cleanValue(tags[tag] as string)}`).join(',')}}`;
}

/** The inverse of metricKey, for keys that metricKey made. */
export function parseKey(key: string): { readonly name: string; readonly tags: Tags } {
  const brace = key.indexOf('{');
  if (brace < 0) return { name: key, tags: {} };
  const pairs = key
    .slice(brace + 1, -1)
    .split(',')
    .map((pair) => pair.split(':') as [string, string]);
  return { name: key.slice(0, brace), tags: Object.fromEntries(pairs) };
}

/** True when every tag asked for is there with that value, as metricKey would write it. */
export function hasTags(tags: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).every(([tag, value]) => tags[tag] === cleanValue(value));
}

function cleanValue(value: string): string {
  return value.slice(0, MAX_VALUE_LENGTH).replace(/[^\x20-\x7e]|[{}:,]/g, '_');
}
