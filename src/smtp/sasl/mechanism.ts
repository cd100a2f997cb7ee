/**
 * What a SASL mechanism is to an exchange: bytes in, text or bytes out, for one AUTH. RFC 4422 §3.
 *
 * Knows neither SMTP nor base64. Text goes out as UTF-8.
 */
export interface Mechanism {
  /** As servers list it. */
  readonly name: string;
  /** What the client says first; null when the server begins. */
  readonly first: string | Buffer | null;
  /**
   * Whether the server has shown what the mechanism wants it to show: `missing` is none yet, and not good enough in the
   * end. Always `good` where the mechanism asks for nothing.
   */
  readonly serverProof: 'good' | 'missing' | 'wrong';
  /** The answer to a challenge behind the first response; null: it makes no sense. The challenge is null when it was no base64. */
  respond(challenge: Buffer | null): string | Buffer | null;
}
