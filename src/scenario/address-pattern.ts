/**
 * Address patterns: which placeholders they hold, how many addresses they can make, and whether each is allowed.
 *
 * A pattern is judged by its longest expansion, so that nothing is refused for the first time at message 10,000.
 * RFC 5321 §4.1.2 (Mailbox), §4.5.3.1.1–3 (64 octets of local part, 255 of domain, 256 of path with its brackets).
 * Beyond ASCII, local parts and domains hold whatever RFC 6531 §3.3 allows but spaces; limits are in octets of UTF-8.
 */

/** Largest number of a message: it has at most 10 digits, its width in the stamp (message/stamp.ts). */
export const MAX_SEQ = 9_999_999_999;

const LONGEST_SEQ = String(MAX_SEQ);

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
/** Neither control nor space nor half of a character, nor a dot by another name (RFC 5895 §2). */
const BEYOND_ASCII = '(?:(?![\\p{C}\\p{Z}\u3002\uff0e\uff61])[^\\x00-\\x7f])';
const ATOM = `(?:[A-Za-z0-9!#$%&'*+/=?^_\`{|}~-]|${BEYOND_ASCII})+`;
const LOCAL_PART = new RegExp(
  `^(?:${ATOM}(?:\\.${ATOM})*|"(?:[ !#-\\[\\]-~]|${BEYOND_ASCII}|\\\\[ -~])*")$`,
  'u',
);
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
/** With U-labels (RFC 5890 §2.3.2.1). */
const LETTER = `(?:[A-Za-z0-9]|${BEYOND_ASCII})`;
const WIDE_LABEL = `${LETTER}(?:(?:${LETTER}|-){0,61}${LETTER})?`;
const WIDE_DOMAIN = new RegExp(`^${WIDE_LABEL}(?:\\.${WIDE_LABEL})*$`, 'u');
const ADDRESS_LITERAL = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\]$/i;

/** The placeholders a text holds, each once, as they stand between the braces. */
export function placeholdersOf(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? ''))];
}

/** The text with its placeholders at their longest. */
export function longestExpansion(
  pattern: string,
  values: { users?: number; domain?: string; verp?: string } = {},
): string {
  return pattern.replace(PLACEHOLDER, (match, name: string) => {
    if (name === 'seq') return LONGEST_SEQ;
    if (name === 'n') return String(values.users ?? 1);
    if (name === 'verp') return values.verp ?? match;
    return name === 'domain' ? (values.domain ?? match) : match;
  });
}

/** How many different addresses the pattern makes for one message, without regard to case. */
export function distinctAddresses(pattern: string, users: number, domains: readonly string[]): number {
  const holds = placeholdersOf(pattern);
  const byUser = holds.includes('n') ? users : 1;
  const byDomain = holds.includes('domain') ? new Set(domains.map((domain) => domain.toLowerCase())).size : 1;
  return byUser * byDomain;
}

/** {{n}}{{domain}} could read the same for two users: 1 and 2.example.test, 12 and .example.test. */
export function hasTouchingPlaceholders(pattern: string): boolean {
  return /\}\}\{\{/.test(pattern);
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

export function isDomain(text: string): boolean {
  return text.length <= 255 && DOMAIN.test(text);
}

/** A domain of an address, which may go beyond ASCII. */
export function isMailDomain(text: string): boolean {
  return Buffer.byteLength(text) <= 255 && WIDE_DOMAIN.test(text);
}

export function isAddressLiteral(text: string): boolean {
  return ADDRESS_LITERAL.test(text);
}

/** What is wrong with an expanded address, as the end of a sentence; null when nothing is. */
export function addressFault(address: string): string | null {
  if (/[\p{Cc}\p{Cs}]/u.test(address)) return 'holds a control character, or half of a character';
  const at = address.lastIndexOf('@');
  const local = address.slice(0, Math.max(at, 0));
  const domain = domainOf(address);
  if (at < 0) return 'has no `@`';
  if (local.includes('@') && !local.startsWith('"')) return 'has more than one `@`';
  if (local === '') return 'has nothing before the `@`';
  if (Buffer.byteLength(local) > 64) return 'has more than 64 octets before the `@` (RFC 5321 §4.5.3.1.1)';
  if (Buffer.byteLength(domain) > 255) return 'has a domain of more than 255 octets (RFC 5321 §4.5.3.1.2)';
  if (Buffer.byteLength(address) > 254) return 'is longer than 254 octets (RFC 5321 §4.5.3.1.3)';
  if (!LOCAL_PART.test(local))
    return 'has a local part that is neither a dot-atom nor quoted (RFC 5321 §4.1.2)';
  return isMailDomain(domain) || isAddressLiteral(domain) ? null : 'has no valid domain after the `@`';
}
