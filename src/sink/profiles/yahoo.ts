/**
 * Yahoo (and AOL): a receiver with its published rules and reply texts (shortened), as a behaviours file.
 *
 * Published: "SMTP Error Codes" and "Sender Requirements", senders.yahooinc.com (15 February 2026), which describe the
 * errors without most texts. Seen by others in logs: the texts, collected at smtpfieldmanual.com/provider/yahoo,
 * smtp.codes/yahoo and in Sisimai's Rhost/YahooInc. Ours, because nobody publishes them: all rates, the size from which
 * a sender is a bulk sender, and which addresses are listed. docs/receiver-profiles.md has each with its source.
 */
export const YAHOO = `
behaviours:
  - name: spamhaus
    when: { verb: CONNECT, client: 203.0.113.0/24 }
    reject:
      code: 553
      enhanced: "5.7.1"
      text: "[BL21] Connections will not be accepted from this address, because the ip is in Spamhaus's list"
  - name: permanently-deferred
    when: { verb: MAIL, client: 198.51.100.0/24 }
    reject:
      code: 553
      enhanced: "5.7.2"
      text: |
        [TSS09] All messages from this address will be permanently deferred;
        Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes
  - name: unexpected-volume
    when: { verb: MAIL }
    throttle:
      messages: 600
      per: 1m
      by: [client]
      code: 421
      enhanced: "4.7.0"
      text: |
        [TSS04] Messages from this address temporarily deferred due to
        unexpected volume or user complaints - 4.16.55.1;
        see https://postmaster.yahooinc.com/error-codes
  - name: size-declared
    when: { verb: MAIL, largerThan: 41943040B }
    reject: 552 5.3.4 Message size exceeds fixed limit
  - name: resources
    when: { verb: MAIL, chance: 0.2% }
    defer: 451 Resources temporarily unavailable. Please try again later [#4.16.1].
  - name: sender-domain
    when: { verb: RCPT, authentication: { spf: temperror } }
    defer: 451 Message temporarily deferred due to unresolvable RFC.5321 from domain.
  - name: receiving-limit
    throttle:
      recipients: 60
      per: 1m
      by: [recipient]
      code: 450
      enhanced: ""
      text: User is receiving mail too quickly
  - name: too-many-recipients
    when: { verb: RCPT, recipientsOver: 100 }
    defer: 452 Too many recipients
  - name: size
    when: { verb: CONTENT, largerThan: 41943040B }
    reject: 552 5.3.4 Message size exceeds fixed limit
  - name: no-such-user
    when: { verb: CONTENT, recipient: ["no-such-user*@*", "nosuchuser*@*"] }
    reject: "554 delivery error: dd This user doesn't have a yahoo.com account [0]"
  - name: disabled-user
    when: { verb: CONTENT, recipient: "disabled*@*" }
    reject: 554 30 Sorry, your message cannot be delivered. This mailbox is disabled (554.30).
  - name: headers
    when: { verb: CONTENT, authentication: { dmarc: permerror } }
    reject: 554 5.7.9 Message not accepted, headers are not RFC compliant
  - name: unauthenticated
    when: { verb: CONTENT, authentication: { spf: not-pass, dkim: not-pass } }
    reject:
      code: 550
      enhanced: "5.7.9"
      text: |
        This mail has been blocked because the sender is unauthenticated. Yahoo
        requires all senders to authenticate with either SPF or DKIM.
  - name: dmarc-reject
    when: { verb: CONTENT, authentication: { dmarc: fail, policy: reject } }
    reject:
      code: 554
      enhanced: "5.7.9"
      text: |
        Message not accepted for policy reasons.
        See https://postmaster.yahooinc.com/error-codes
${['spf', 'dkim', 'dmarc', 'ptr'].map(bulk).join('')}`;

/** SPF, DKIM, DMARC and a name that leads back; senders see the reply for unexpected volume when one is missing. */
function bulk(method: string): string {
  return `
  - name: bulk-${method}
    when: { verb: CONTENT, authentication: { ${method}: not-pass } }
    throttle:
      messages: 5000
      per: 24h
      by: [client]
      code: 421
      enhanced: "4.7.0"
      text: |
        [TSS04] Messages from this address temporarily deferred due to
        unexpected volume or user complaints - 4.16.55.1;
        see https://postmaster.yahooinc.com/error-codes
`;
}
