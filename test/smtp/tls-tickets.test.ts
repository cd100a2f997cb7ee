import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TlsTickets } from '#src/smtp/tls-tickets.js';

const ticket = (name: string) => Buffer.from(name);

describe('tickets of a server', () => {
  test('are offered once each, the newest first', () => {
    const tickets = new TlsTickets().of('mx 25');
    tickets.add(ticket('a'));
    tickets.add(ticket('b'));
    assert.deepEqual([tickets.take(), tickets.take(), tickets.take()].map(String), ['b', 'a', 'undefined']);
  });

  test('that worked are offered again as long as no newer one came', () => {
    const tickets = new TlsTickets().of('mx 25');
    tickets.add(ticket('a'));
    for (let handshake = 0; handshake < 3; handshake++) {
      const offered = tickets.take() as Buffer;
      assert.equal(String(offered), 'a');
      tickets.keep(offered);
    }
    tickets.add(ticket('b'));
    assert.equal(String(tickets.take()), 'b');
  });

  test('that were refused are not offered again, however well they had worked before', () => {
    const tickets = new TlsTickets().of('mx 25');
    tickets.add(ticket('a'));
    tickets.keep(tickets.take() as Buffer);
    tickets.take();
    assert.equal(tickets.take(), undefined);
  });

  test('that worked are forgotten when a newer one is offered: it is that one that may be kept now', () => {
    const tickets = new TlsTickets().of('mx 25');
    tickets.keep(ticket('old'));
    tickets.add(ticket('new'));
    tickets.take();
    assert.equal(tickets.take(), undefined);
  });

  test('are not offered any more where they made two handshakes fail in a row', () => {
    const tickets = new TlsTickets().of('mx 25');
    for (const isOffered of [true, true, false]) {
      tickets.add(ticket('a'));
      tickets.add(ticket('b'));
      assert.equal(tickets.take() !== undefined, isOffered);
      tickets.fail();
      assert.equal(tickets.take(), undefined, 'what is left of a failed try is not tried');
    }
  });

  test('are offered again after a failure, and one that works makes up for it', () => {
    const tickets = new TlsTickets().of('mx 25');
    for (let i = 0; i < 4; i++) {
      tickets.add(ticket('a'));
      tickets.take();
      tickets.fail();
      tickets.add(ticket('b'));
      assert.equal(String(tickets.take()), 'b');
      tickets.keep(ticket('b'));
    }
  });

  test('are few: the oldest are dropped', () => {
    const tickets = new TlsTickets().of('mx 25');
    for (let i = 0; i < 1_000; i++) tickets.add(ticket(`t${i}`));
    const taken = Array.from({ length: 5 }, () => String(tickets.take()));
    assert.deepEqual(taken, ['t999', 't998', 't997', 't996', 'undefined']);
  });

  test('are never offered to another server, nor those of one user by another', () => {
    const user = new TlsTickets();
    user.of('mx1 25').add(ticket('a'));
    assert.equal(user.of('mx2 25').take(), undefined);
    assert.equal(new TlsTickets().of('mx1 25').take(), undefined);
    assert.equal(String(user.of('mx1 25').take()), 'a');
  });
});
