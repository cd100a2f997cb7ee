/**
 * Address patterns: which placeholders they hold, how many addresses they can make, and whether each is allowed.
 *
 * A pattern is judged by its longest expansion, so that nothing is refused for the first time at message 10,000.
 * RFC 5321 §4.1.2 (Mailbox), §4.5.3.1.1–3 (64 octets of local part, 255 of domain, 256 of path with its brackets).
 * Beyond ASCII both parts may go (RFC 6531 §3.3), as UTF-8, in which octets are counted then; what no line of SMTP
 * should hold may not: control characters and halves of surrogate pairs.
 */

/** Largest number of a message: it has at most 10 digits, its width in the stamp (message/stamp.ts). */
export const MAX_SEQ = 9_999_999_999;

const LONGEST_SEQ = String(MAX_SEQ);

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
const UTF8 = '\\u{a0}-\\u{d7ff}\\u{e000}-\\u{10ffff}';
const ATOM = `[A-Za-z0-9!#$%&'*+/=?^_\`{|}~\\-${UTF8}]+`;
const QUOTED = `"(?:[ !#-\\[\\]-~${UTF8}]|\\\\[ -~])*"`;
const LOCAL_PART = new RegExp(`^(?:${ATOM}(?:\\.${ATOM})*|${QUOTED})$`, 'u');
const LABEL = `[A-Za-z0-9${UTF8}](?:[A-Za-z0-9\\-${UTF8}]{0,61}[A-Za-z0-9${UTF8}])?`;
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'u');
const ADDRESS_LITERAL = /^\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\]$/i;

/** The placeholders a text holds, each once, as they stand between the braces. */
export function placeholdersOf(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? ''))];
}

/** The text with its placeholders at their longest. */
export function longestExpansion(pattern: string, values: { users?: number; domain?: string } = {}): string {
  return pattern.replace(PLACEHOLDER, (match, name: string) => {
    if (name === 'seq') return LONGEST_SEQ;
    if (name === 'n') return String(values.users ?? 1);
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
  return octets(text) <= 255 && DOMAIN.test(text);
}

export function isAddressLiteral(text: string): boolean {
  return ADDRESS_LITERAL.test(text);
}

/** What is wrong with an expanded address, as the end of a sentence; null when nothing is. */
export function addressFault(address: string): string | null {
  const at = address.lastIndexOf('@');
  const local = address.slice(0, Math.max(at, 0));
  const domain = domainOf(address);
  if (at < 0) return 'has no `@`';
  if (local.includes('@') && !local.startsWith('"')) return 'has more than one `@`';
  if (local === '') return 'has nothing before the `@`';
  if (octets(local) > 64) return 'has more than 64 octets before the `@` (RFC 5321 §4.5.3.1.1)';
  if (octets(domain) > 255) return 'has a domain of more than 255 octets (RFC 5321 §4.5.3.1.2)';
  if (octets(address) > 254) return 'is longer than 254 octets (RFC 5321 §4.5.3.1.3)';
  if (!LOCAL_PART.test(local))
    return 'has a local part that is neither a dot-atom nor quoted (RFC 5321 §4.1.2)';
  return isDomain(domain) || isAddressLiteral(domain) ? null : 'has no valid domain after the `@`';
}

function octets(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
