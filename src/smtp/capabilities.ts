/**
 * Capabilities: what a server offered in its reply to EHLO or LHLO. RFC 5321 §4.1.1.1.
 *
 * Keywords are case-blind. What the client does not use is not kept. Numbers a server writes wrongly count as not given.
 */
export interface Capabilities {
  readonly pipelining: boolean;
  readonly startTls: boolean;
  readonly size: boolean;
  /** RFC 6152. */
  readonly eightBitMime: boolean;
  /** RFC 6531. */
  readonly smtpUtf8: boolean;
  /** RFC 3461. */
  readonly dsn: boolean;
  /** RFC 3030. */
  readonly chunking: boolean;
  readonly binaryMime: boolean;
  /** RFC 8689. */
  readonly requireTls: boolean;
  /** RFC 2852. */
  readonly deliverBy: boolean;
  /** RFC 6710. */
  readonly mtPriority: boolean;
  readonly prdr: boolean;
  /** SASL mechanisms, upper case. */
  readonly auth: readonly string[];
  /** Attributes the server takes with XCLIENT and XFORWARD, upper case; empty: not offered. */
  readonly xclient: readonly string[];
  readonly xforward: readonly string[];
  /** RFC 9422; Infinity for what is not limited. */
  readonly limits: Limits;
}

export interface Limits {
  /** Transactions of a session. */
  readonly mailMax: number;
  /** Recipients of a transaction. */
  readonly rcptMax: number;
  /** Distinct recipient domains of a session. */
  readonly rcptDomainMax: number;
}

export const NO_CAPABILITIES: Capabilities = readCapabilities('');

/** Few servers, before and after TLS; and one that says something else each time must not fill the memory. */
const MAX_REMEMBERED = 16;
const memory = new Map<string, Capabilities>();

/**
 * Reads the text of an EHLO reply; its first line is the server's greeting and no capability. A server says the same to
 * every session, which is read once and shared.
 */
export function parseCapabilities(text: string): Capabilities {
  const known = memory.get(text);
  if (known !== undefined) return known;
  const capabilities = readCapabilities(text);
  if (memory.size === MAX_REMEMBERED) memory.clear();
  memory.set(text, capabilities);
  return capabilities;
}

function readCapabilities(text: string): Capabilities {
  const lines = text
    .toUpperCase()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/[ =]+/));
  const offers = (keyword: string) => lines.some(([name]) => name === keyword);
  const words = (keyword: string) =>
    lines.filter(([name]) => name === keyword).flatMap((line) => line.slice(1));
  return {
    pipelining: offers('PIPELINING'),
    startTls: offers('STARTTLS'),
    size: offers('SIZE'),
    eightBitMime: offers('8BITMIME'),
    smtpUtf8: offers('SMTPUTF8'),
    dsn: offers('DSN'),
    chunking: offers('CHUNKING'),
    binaryMime: offers('BINARYMIME'),
    requireTls: offers('REQUIRETLS'),
    deliverBy: offers('DELIVERBY'),
    mtPriority: offers('MT-PRIORITY'),
    prdr: offers('PRDR'),
    // `AUTH=LOGIN` is how servers older than RFC 2554 say it.
    auth: words('AUTH'),
    xclient: words('XCLIENT'),
    xforward: words('XFORWARD'),
    limits: limitsOf(words('LIMITS')),
  };
}

/** Words as split above: a name, then its number. */
function limitsOf(words: readonly string[]): Limits {
  const of = (name: string) => {
    const value = words[words.indexOf(name) + 1] ?? '';
    return words.includes(name) && /^[1-9]\d{0,5}$/.test(value) ? Number(value) : Number.POSITIVE_INFINITY;
  };
  return { mailMax: of('MAILMAX'), rcptMax: of('RCPTMAX'), rcptDomainMax: of('RCPTDOMAINMAX') };
}
