/**
 * Gmail: a receiver with its published rules, limits and reply texts (shortened), as a behaviours file.
 *
 * Published: "Gmail SMTP errors and codes", knowledge.workspace.google.com/admin/support/troubleshooting/gmail-smtp-errors-and-codes
 * (12 February 2026); "Email sender guidelines", support.google.com/a/answer/81126; "Gmail receiving limits",
 * support.google.com/a/answer/1366776. Ours, because nobody publishes them: how many messages an address may send in a
 * minute, how many recipients a message may have, and when a refusal for now becomes one for good. docs/receiver-profiles.md
 * has each with its source.
 */
export const GMAIL = `
behaviours:
  - name: size-declared
    when: { verb: MAIL, largerThan: 50MB }
    reject: 552 5.3.4 Your message exceeded Google's message size limits. - gsmtp
  - name: too-many-recipients
    when: { verb: RCPT, recipientsOver: 100 }
    defer: 452 4.5.3 Your message has too many recipients. - gsmtp
  - name: no-such-user
    when: { verb: RCPT, recipient: ["no-such-user*@*", "nosuchuser*@*"] }
    reject:
      code: 550
      enhanced: "5.1.1"
      text: |
        The email account that you tried to reach does not exist. Please try
        double-checking the recipient's email address for typos or
        unnecessary spaces. - gsmtp
  - name: disabled-user
    when: { verb: RCPT, recipient: "disabled*@*" }
    reject: 550 5.2.1 The email account that you tried to reach is inactive. - gsmtp
  - name: over-quota
    when: { verb: RCPT, recipient: ["over-quota*@*", "mailbox-full*@*"] }
    defer: 452 4.2.2 The recipient's inbox is out of storage space. - gsmtp
  - name: receiving-limit
    throttle:
      recipients: 60
      per: 1m
      by: [recipient]
      code: 450
      enhanced: "4.2.1"
      text: |
        The user you are trying to contact is receiving email too quickly.
        Please resend your message at a later time. - gsmtp
  - name: size
    when: { verb: CONTENT, largerThan: 50MB }
    reject: 552 5.3.4 Your message exceeded Google's message size limits. - gsmtp
  - name: from-field
    when: { verb: CONTENT, authentication: { dmarc: permerror } }
    reject:
      code: 550
      enhanced: "5.7.1"
      text: |
        Messages missing a valid address in the From: header, or having no
        From: header, are not accepted. - gsmtp
  - name: dns-failure
    when: { verb: CONTENT, authentication: { dmarc: temperror } }
    defer:
      code: 451
      enhanced: "4.7.26"
      text: |
        Unauthenticated email is not accepted due to domain's DMARC policy,
        but temporary DNS failures prevent authentication. - gsmtp
  - name: no-ptr-blocked
    when: { verb: CONTENT, authentication: { ptr: [permerror, fail] } }
    throttle:
      messages: 100
      per: 1h
      by: [client]
      code: 550
      enhanced: "5.7.25"
      text: |
        This message was blocked because the sending IP address doesn't have a
        PTR record, or the forwarding DNS entry doesn't reference the sending
        IP address. - gsmtp
  - name: no-ptr
    when: { verb: CONTENT, authentication: { ptr: [permerror, fail] } }
    defer:
      code: 451
      enhanced: "4.7.23"
      text: |
        The sending IP address for this message doesn't have a PTR record, or
        the PTR record's forward DNS entry doesn't match the sending IP
        address. To protect users from spam, your email has been temporarily
        rate limited. - gsmtp
  - name: spf-hard-fail
    when: { verb: CONTENT, authentication: { spf: fail, dkim: not-pass } }
    reject:
      code: 550
      enhanced: "5.7.26"
      text: |
        The MAIL FROM domain has an SPF record with a hard fail policy (-all)
        but it fails to pass SPF checks with the ip. To best protect our users
        from spam and phishing, the message has been blocked. - gsmtp
  - name: unauthenticated
    when: { verb: CONTENT, authentication: { spf: not-pass, dkim: not-pass } }
    reject:
      code: 550
      enhanced: "5.7.26"
      text: |
        This email has been blocked because the sender is unauthenticated.
        Gmail requires all senders to authenticate with either SPF or DKIM.
        Authentication results: DKIM = did not pass, SPF = did not pass. - gsmtp
  - name: dmarc-reject
    when: { verb: CONTENT, authentication: { dmarc: fail, policy: reject } }
    reject:
      code: 550
      enhanced: "5.7.26"
      text: |
        Unauthenticated email is not accepted due to domain's DMARC policy.
        Contact the administrator of the domain if this was legitimate
        email. - gsmtp
  - name: bulk-spf
    when: { verb: CONTENT, authentication: { spf: not-pass } }
    throttle:
      messages: 5000
      per: 24h
      by: [client]
      code: 421
      enhanced: "4.7.27"
      text: |
        Your email has been rate limited because SPF authentication didn't
        pass for this message. Gmail requires all bulk email senders to
        authenticate their email with SPF. - gsmtp
  - name: bulk-dkim
    when: { verb: CONTENT, authentication: { dkim: not-pass } }
    throttle:
      messages: 5000
      per: 24h
      by: [client]
      code: 421
      enhanced: "4.7.30"
      text: |
        Your email has been rate limited because DKIM authentication didn't
        pass for this message. Gmail requires all bulk email senders to
        authenticate their email with DKIM. - gsmtp
  - name: bulk-no-dmarc
    when: { verb: CONTENT, authentication: { dmarc: none } }
    throttle:
      messages: 5000
      per: 24h
      by: [client]
      code: 421
      enhanced: "4.7.40"
      text: |
        Your email has been rate limited because the sending domain doesn't
        have a DMARC record, or the DMARC record doesn't specify a DMARC
        policy. - gsmtp
  - name: bulk-alignment
    when: { verb: CONTENT, authentication: { dmarc: fail } }
    throttle:
      messages: 5000
      per: 24h
      by: [client]
      code: 421
      enhanced: "4.7.32"
      text: |
        Your email has been rate limited because the From: header (RFC5322) in
        this message isn't aligned with either the authenticated SPF or DKIM
        organizational domain. - gsmtp
  - name: bulk-tls
    when: { verb: CONTENT, tls: false }
    throttle:
      messages: 5000
      per: 24h
      by: [client]
      code: 421
      enhanced: "4.7.29"
      text: |
        Your email has been rate limited because you're not using a TLS
        connection. Gmail requires all bulk email senders to use TLS/SSL for
        SMTP connections. - gsmtp
  - name: unusual-rate
    when: { verb: CONTENT }
    throttle:
      messages: 1200
      per: 1m
      by: [client]
      code: 421
      enhanced: "4.7.28"
      text: |
        Gmail has detected an unusual rate of email originating from your IP
        address. To protect our users from spam, email sent from your IP
        address has been temporarily rate limited. - gsmtp
`;
