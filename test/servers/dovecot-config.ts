/**
 * The configuration of a private Dovecot 2.3: LMTP into maildirs, IMAP on request, submission to a relay on 127.0.0.1,
 * and SASL for Postfix. Pure: options in, text out. Nothing listens but on loopback and on sockets in its folder.
 */
export interface DovecotFiles {
  /** Absolute; holds etc/, run/, log/, mail/ and keys/. */
  readonly dir: string;
  readonly submissionPort: number;
  readonly lmtpPort: number;
  /** Submission relays to 127.0.0.1 on this port. */
  readonly relayPort: number;
  readonly imap?: ImapPorts;
  /** A Sieve script for all that comes by LMTP. */
  readonly sieve?: string;
  readonly certificates?: ServerCertificates;
  /** Text at the end of dovecot.conf, where it wins. */
  readonly extra?: string;
}

export interface ImapPorts {
  readonly port: number;
  /** Implicit TLS, with certificates. */
  readonly tlsPort: number;
}

/** Paths of PEM files. */
export interface ServerCertificates {
  /** The authority that signed the server's certificate, and may have signed those of clients. */
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
}

export function dovecotConf(files: DovecotFiles): string {
  const { dir, submissionPort, lmtpPort, relayPort, imap, sieve, certificates, extra = '' } = files;
  return `
base_dir = ${dir}/run
state_dir = ${dir}/run
log_path = ${dir}/log/dovecot.log
protocols = lmtp submission${imap ? ' imap' : ''}
listen = 127.0.0.1
hostname = dovecot.example.test
${certificates ? tls(certificates) : 'ssl = no'}

auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-256 xoauth2 oauthbearer external
auth_username_format = %Ln
auth_verbose = yes
disable_plaintext_auth = no
# Wrong passwords are what some tests are about.
auth_failure_delay = 0
mail_max_userip_connections = 0

passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${dir}/etc/oauth2.conf
}
passdb {
  driver = static
  mechanisms = external
  args = nopassword=y
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN ${dir}/etc/users
}
userdb {
  driver = passwd-file
  args = ${dir}/etc/users
  default_fields = uid=nobody gid=nogroup home=${dir}/mail/%n
}
first_valid_uid = 1
mail_location = maildir:~/

submission_relay_host = 127.0.0.1
submission_relay_port = ${relayPort}

service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  # For Postfix.
  unix_listener auth-client {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
service submission-login {
  service_count = 0
  inet_listener submission {
    port = ${submissionPort}
  }
}
service lmtp {
  inet_listener lmtp {
    port = ${lmtpPort}
  }
  unix_listener lmtp {
    mode = 0666
  }
}
${imap ? imapService(imap, certificates !== undefined) : ''}
${sieve === undefined ? '' : sievePlugin(dir)}
${extra}
`;
}

function imapService({ port, tlsPort }: ImapPorts, hasTls: boolean): string {
  return `
service imap-login {
  service_count = 0
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${hasTls ? tlsPort : 0}
    ssl = yes
  }
}`;
}

/** Where the script is looked for. */
export function sieveScriptPath(dir: string): string {
  return `${dir}/sieve/all.sieve`;
}

function sievePlugin(dir: string): string {
  return `
protocol lmtp {
  mail_plugins = sieve
}
plugin {
  sieve_before = file:${sieveScriptPath(dir)}
  sieve = file:~/none.sieve
}`;
}

/** Tokens are checked against a key of ours (HS256); nobody is asked. */
export function oauth2Conf({ dir }: Pick<DovecotFiles, 'dir'>): string {
  return `introspection_mode = local
local_validation_key_dict = fs:posix:prefix=${dir}/keys/
username_attribute = sub
`;
}

/** One line a user, as passwd(5) has them; the last field is empty. */
export function usersFile(users: Readonly<Record<string, string>>): string {
  return Object.entries(users)
    .map(([name, password]) => `${name}:{PLAIN}${password}::::::\n`)
    .join('');
}

function tls({ caPath, certPath, keyPath }: ServerCertificates): string {
  return `ssl = yes
ssl_cert = <${certPath}
ssl_key = <${keyPath}
ssl_ca = <${caPath}
ssl_require_crl = no
ssl_verify_client_cert = yes
auth_ssl_username_from_cert = yes`;
}
