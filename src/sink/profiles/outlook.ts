/**
 * Outlook.com (and Hotmail, Live, MSN): a receiver with its published rules and reply texts (shortened), as a behaviours
 * file.
 *
 * Published: "Outlook's New Requirements for High-Volume Senders", techcommunity.microsoft.com (2 April 2025); "Fix NDR
 * error 550 5.7.515", support.microsoft.com; "NDRs in Exchange Online", learn.microsoft.com. Seen by others in logs: the
 * texts with (S…) codes, e.g. spamresource.com 2023-09 and 2025-07, github.com/Mailu/Mailu/issues/3013. Ours, because
 * nobody publishes them: rates, and which addresses are block-listed. docs/receiver-profiles.md has each with its source.
 */
export const OUTLOOK = `
behaviours:
  - name: too-many-connections
    throttle:
      connections: 500
      per: 1m
      by: [client]
      code: 451
      enhanced: "4.7.652"
      text: The mail server has exceeded the maximum number of connections. (S3115)
  - name: block-list
    when: { verb: MAIL, client: 203.0.113.0/24 }
    reject:
      code: 550
      enhanced: "5.7.1"
      text: |
        Unfortunately, messages from this address weren't sent. Please contact
        your Internet service provider since part of their network is on our
        block list (S3150).
  - name: reputation
    throttle:
      messages: 600
      per: 1m
      by: [client]
      code: 451
      enhanced: "4.7.650"
      text: |
        The mail server has been temporarily rate limited due to IP reputation.
        For e-mail delivery information, see https://postmaster.live.com (S775)
    when: { verb: MAIL }
  - name: size-declared
    when: { verb: MAIL, largerThan: 49283072B }
    reject: 552 5.3.4 Message size exceeds fixed maximum message size
  - name: server-busy
    when: { verb: MAIL, chance: 0.2% }
    defer: 451 4.7.500 Server busy. Please try again later. (S77719)
  - name: no-such-user
    when: { verb: RCPT, recipient: ["no-such-user*@*", "nosuchuser*@*", "disabled*@*"] }
    reject: "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."
  - name: over-quota
    when: { verb: RCPT, recipient: ["over-quota*@*", "mailbox-full*@*"] }
    reject: 552 5.2.2 Mailbox full
  - name: too-many-recipients
    when: { verb: RCPT, recipientsOver: 100 }
    defer: 452 4.5.3 Too many recipients (AS780090)
  - name: size
    when: { verb: CONTENT, largerThan: 49283072B }
    reject: 552 5.3.4 Message size exceeds fixed maximum message size
  - name: ipv6-no-ptr
    when: { verb: CONTENT, client: "::/0", authentication: { ptr: [permerror, fail] } }
    reject: 550 5.7.25 Access denied, the sending IPv6 address must have a reverse DNS record
  - name: ipv6-unauthenticated
    when: { verb: CONTENT, client: "::/0", authentication: { spf: not-pass, dkim: not-pass } }
    defer:
      code: 450
      enhanced: "4.7.26"
      text: |
        Access denied, a message sent over IPv6 must pass either SPF or DKIM
        validation, this message is not signed
  - name: dmarc-reject
    when: { verb: CONTENT, authentication: { dmarc: fail, policy: reject } }
    reject:
      code: 550
      enhanced: "5.7.509"
      text: |
        Access denied, sending domain does not pass DMARC verification and has
        a DMARC policy of reject.
${['spf', 'dkim', 'dmarc'].map(highVolume).join('')}`;

/** Both must pass, and one of them for the domain in From. */
function highVolume(method: string): string {
  return `
  - name: high-volume-${method}
    when: { verb: CONTENT, authentication: { ${method}: not-pass } }
    throttle:
      messages: 5000
      per: 24h
      by: [client]
      code: 550
      enhanced: "5.7.515"
      text: Access denied, sending domain does not meet the required authentication level.
`;
}
