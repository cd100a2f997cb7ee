import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REPLY_CLASSES } from '#src/scenario/schema/values.js';
import type { ReplyClass } from '#src/smtp/reply-class.js';

type Refusal = Exclude<ReplyClass, 'accepted'>;

test('the classes that may be expected are those that replies get', () => {
  // Does not compile when smtp has a class that is not listed here, or lacks one that is.
  const all: Record<Refusal, true> = {
    throttled: true,
    greylisted: true,
    connection_limit: true,
    idle_timeout: true,
    mailbox_invalid: true,
    mailbox_disabled: true,
    quota: true,
    size: true,
    recipients_limit: true,
    sender: true,
    relay_denied: true,
    policy: true,
    content: true,
    mail_auth: true,
    smtp_auth: true,
    tls: true,
    system: true,
    routing: true,
    protocol: true,
    network: true,
    unclassified: true,
  };
  assert.deepEqual([...REPLY_CLASSES].sort(), Object.keys(all).sort());
});
