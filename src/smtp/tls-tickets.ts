/**
 * TLS tickets of one VU: the TLS sessions that servers let it resume, newest first.
 *
 * A TLS 1.3 ticket is offered once and then replaced by those that the new handshake brought (RFC 8446 §4.6.1). Where
 * it brought none, the one that has just worked is offered again: with TLS 1.2 that is how it is meant (RFC 5077), with
 * TLS 1.3 RFC 8446 §C.4 advises against it, for the client's privacy only, and Postfix, which issues a ticket on full
 * handshakes alone, could else be resumed no more than every second time. A ticket that was refused is not offered again.
 * There are servers that hand out tickets and hang up on who offers one (OpenSSL with client certificates and no session id
 * context): after two handshakes in a row that failed so, that server is offered none any more.
 */
const MAX_UNUSED = 4;
const MAX_FAILURES = 2;

/** Of one VU. Tickets of one server are never offered to another. */
export class TlsTickets {
  readonly #byServer = new Map<string, ServerTickets>();

  /** @param server whatever tells servers apart: name in the certificate, host and port. */
  of(server: string): ServerTickets {
    const known = this.#byServer.get(server);
    if (known !== undefined) return known;
    const tickets = new ServerTickets();
    this.#byServer.set(server, tickets);
    return tickets;
  }
}

export class ServerTickets {
  /** Oldest first. Servers send two and may send more: 1 to 2 KiB each. */
  readonly #unused: Buffer[] = [];
  #proven: Buffer | undefined;
  #failures = 0;

  /** A ticket of a handshake whose certificate was found good, or that nobody wanted checked. */
  add(ticket: Buffer): void {
    if (this.#unused.length === MAX_UNUSED) this.#unused.shift();
    this.#unused.push(ticket);
  }

  /** What to offer in the next handshake; it is forgotten here. */
  take(): Buffer | undefined {
    if (this.#failures >= MAX_FAILURES) return undefined;
    const ticket = this.#unused.pop() ?? this.#proven;
    this.#proven = undefined;
    return ticket;
  }

  /** The ticket taken last was accepted. */
  keep(ticket: Buffer): void {
    this.#failures = 0;
    this.#proven = ticket;
  }

  /** The handshake in which one was offered failed: whatever else there is may do no better. */
  fail(): void {
    this.#failures++;
    this.#unused.length = 0;
  }
}
