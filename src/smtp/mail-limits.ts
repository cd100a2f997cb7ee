/**
 * Limits a server set on the recipients of one message and of one session (RFC 9422): what exceeds them is not sent.
 *
 * MAILMAX, the transactions of a session, is for those who open sessions; see Capabilities.
 */
import type { Limits } from './capabilities.js';
import type { MailObstacle } from './outcome.js';

export class MailLimits {
  readonly #limits: Limits;
  /** Recipient domains of this session, in lower case. */
  readonly #domains = new Set<string>();

  /** null where nothing is limited. */
  static of(limits: Limits): MailLimits | null {
    const isLimited = Number.isFinite(limits.rcptMax) || Number.isFinite(limits.rcptDomainMax);
    return isLimited ? new MailLimits(limits) : null;
  }

  private constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** null: these recipients may be named, and their domains count from now on. */
  obstacle(to: readonly string[]): MailObstacle | null {
    const { rcptMax, rcptDomainMax } = this.#limits;
    if (to.length > rcptMax) return exceeded(`${rcptMax} recipients a message`, 'RCPTMAX');
    if (rcptDomainMax === Number.POSITIVE_INFINITY) return null;
    const added = new Set(to.map(domainOf).filter((domain) => !this.#domains.has(domain)));
    if (this.#domains.size + added.size > rcptDomainMax) {
      return exceeded(`${rcptDomainMax} recipient domains a session`, 'RCPTDOMAINMAX');
    }
    for (const domain of added) this.#domains.add(domain);
    return null;
  }
}

function exceeded(what: string, keyword: string): MailObstacle {
  return {
    cause: 'limit',
    class: 'recipients_limit',
    text: `the server takes at most ${what} (LIMITS ${keyword})`,
  };
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase();
}
