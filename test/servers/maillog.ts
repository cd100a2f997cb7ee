/**
 * Counts messages in the text of a Postfix log. Pure.
 *
 * Needs `enable_long_queue_ids`: short queue ids are used again, and would be counted once.
 */
export interface MaillogCounts {
  /** Messages that smtpd took: their content was answered 250 and they reached the queue. */
  readonly accepted: number;
  /** Copies by what became of the last attempt to deliver them. */
  readonly sent: number;
  readonly deferred: number;
  readonly bounced: number;
  /** Messages smtpd took that have not left the queue yet. */
  readonly unfinished: number;
}

const QUEUE_LINE = /postfix\/(?:[\w-]+\/)*([\w-]+)\[\d+\]: ([0-9A-Za-z]{6,}): (.*)$/;
const RECIPIENT = /^to=<([^>]*)>.* status=(sent|deferred|bounced) /;

/** What the log says about the messages that came in by SMTP; bounces Postfix itself wrote are left out. */
export function countMaillog(log: string): MaillogCounts {
  const fromClient = new Set<string>();
  const queued = new Set<string>();
  const removed = new Set<string>();
  const copies = new Map<string, { readonly id: string; readonly status: string }>();

  for (const line of log.split('\n')) {
    const [, service, id, text] = QUEUE_LINE.exec(line) ?? [];
    if (service === undefined || id === undefined || text === undefined) continue;
    if (service === 'smtpd' && text.startsWith('client=')) fromClient.add(id);
    // A transaction that is broken off has a client line too; only the queue manager's line proves acceptance.
    else if (service === 'qmgr' && text.includes('(queue active)')) queued.add(id);
    else if (service === 'qmgr' && text === 'removed') removed.add(id);
    const [, recipient, status] = RECIPIENT.exec(text) ?? [];
    if (status !== undefined) copies.set(`${id} ${recipient}`, { id, status });
  }

  const accepted = [...queued].filter((id) => fromClient.has(id));
  const ours = [...copies.values()].filter((copy) => fromClient.has(copy.id));
  const having = (status: string) => ours.filter((copy) => copy.status === status).length;
  return {
    accepted: accepted.length,
    sent: having('sent'),
    deferred: having('deferred'),
    bounced: having('bounced'),
    unfinished: accepted.filter((id) => !removed.has(id)).length,
  };
}
