/**
 * Capabilities: what a server offered in its reply to EHLO or LHLO. RFC 5321 §4.1.1.1.
 *
 * Keywords are case-blind. What the client does not use is not kept.
 */
export interface Capabilities {
  readonly pipelining: boolean;
  readonly startTls: boolean;
  readonly size: boolean;
  /** SASL mechanisms, upper case. */
  readonly auth: readonly string[];
}

export const NO_CAPABILITIES: Capabilities = { pipelining: false, startTls: false, size: false, auth: [] };

/** Reads the text of an EHLO reply; its first line is the server's greeting and no capability. */
export function parseCapabilities(text: string): Capabilities {
  const lines = text
    .toUpperCase()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/[ =]+/));
  const offers = (keyword: string) => lines.some(([name]) => name === keyword);
  return {
    pipelining: offers('PIPELINING'),
    startTls: offers('STARTTLS'),
    size: offers('SIZE'),
    // `AUTH=LOGIN` is how servers older than RFC 2554 say it.
    auth: lines.filter(([name]) => name === 'AUTH').flatMap((words) => words.slice(1)),
  };
}
