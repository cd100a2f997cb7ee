/**
 * Exchange: the state of one AUTH, in lines of SMTP. RFC 4954 §4.
 *
 * The first response goes out with the command where the mechanism has one, it is wanted, and the line stays within 512
 * octets; else it answers the first 334. An empty one is `=` with the command and an empty line later. Base64 lines over
 * 12,288 octets are not sent: such an exchange is cancelled, like one in which a challenge makes no sense.
 */
import { decodeBase64, encodeBase64 } from './base64.js';
import type { Mechanism } from './mechanism.js';

const MAX_COMMAND_OCTETS = 512;
const MAX_RESPONSE_OCTETS = 12_288;
const CRLF_OCTETS = 2;

export class Exchange {
  readonly #mechanism: Mechanism;
  /** The first response has gone out, or is not to. */
  #hasBegun: boolean;
  #isAlong = false;

  constructor(mechanism: Mechanism) {
    this.#mechanism = mechanism;
    this.#hasBegun = mechanism.first === null;
  }

  get mechanism(): string {
    return this.#mechanism.name;
  }

  /** To be asked at 235, and when an answer is null. */
  get serverProof(): Mechanism['serverProof'] {
    return this.#mechanism.serverProof;
  }

  /** `AUTH …` without CRLF. */
  command(sendsInitialResponse: boolean): string {
    const bare = `AUTH ${this.#mechanism.name}`;
    const { first } = this.#mechanism;
    if (first === null || !sendsInitialResponse) return bare;
    const full = `${bare} ${first === '' ? '=' : encodeBase64(first)}`;
    if (full.length + CRLF_OCTETS > MAX_COMMAND_OCTETS) return bare;
    this.#hasBegun = true;
    this.#isAlong = true;
    return full;
  }

  /** The answer to the text of a 334, without CRLF; null: cancel. */
  answer(challenge: string): string | null {
    const response = this.#respond(challenge.trim());
    const line = response === null ? null : encodeBase64(response);
    return line === null || line.length > MAX_RESPONSE_OCTETS ? null : line;
  }

  #respond(challenge: string): string | Buffer | null {
    const { first } = this.#mechanism;
    // Servers that do not see the initial response ask for it with an empty challenge.
    const isRepeated = this.#isAlong && challenge === '';
    this.#isAlong = false;
    if (this.#hasBegun && !isRepeated) return this.#mechanism.respond(decodeBase64(challenge));
    this.#hasBegun = true;
    return first;
  }
}
