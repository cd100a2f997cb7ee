/**
 * Maildir pattern: where Maildirs lie, `/var/mail/{{domain}}/{{user}}/Maildir`, and whose each of them is.
 *
 * A folder's name that a segment matches gives the words in it. Pure: it names the folders to look into, and looks
 * into none. A name that could lead elsewhere (`..`) matches nothing.
 */

/** Words as found in the names on the way down. */
export type PatternWords = Readonly<Record<string, string>>;

export interface MaildirPattern {
  /** The folders above the first segment with a word; as the user wrote it, so links in it are followed. */
  readonly root: string;
  /** From there down; empty when the pattern is one Maildir. */
  readonly segments: readonly PatternSegment[];
}

export interface PatternSegment {
  /** The words with those of this name; null when it does not match, or says otherwise than the folders above. */
  match(name: string, above: PatternWords): PatternWords | null;
}

const WORD = /\{\{(address|user|domain)\}\}/g;

export function parseMaildirPattern(path: string): MaildirPattern {
  const names = path.split('/').filter((name, index) => name !== '' || index === 0);
  const first = names.findIndex((name) => name.search(WORD) >= 0);
  if (first < 0) return { root: names.join('/') || '/', segments: [] };
  return {
    root: names.slice(0, first).join('/') || (first === 0 ? '.' : '/'),
    segments: names.slice(first).map(segment),
  };
}

/** '' when the words do not make one. */
export function addressOf({ address, user, domain }: PatternWords): string {
  if (address !== undefined) return address;
  return user === undefined || domain === undefined ? '' : `${user}@${domain}`;
}

function segment(text: string): PatternSegment {
  const words = [...text.matchAll(WORD)].map((found) => found[1] ?? '');
  const source = text
    .split(WORD)
    .map((part, index) => (index % 2 === 0 ? literal(part) : part === 'domain' ? '([^@]+)' : '(.+)'))
    .join('');
  const pattern = new RegExp(`^${source}$`, 's');
  return {
    match(name, above) {
      const found = name === '.' || name === '..' ? null : pattern.exec(name);
      if (found === null) return null;
      const here: Record<string, string> = { ...above };
      for (const [index, word] of words.entries()) {
        const value = found[index + 1] ?? '';
        if ((here[word] ?? value) !== value) return null;
        here[word] = value;
      }
      return here;
    },
  };
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
