/**
 * nodemailer options: a scenario in the words of nodemailer's pool. Pure.
 *
 * What it does by default it does here too (requeues, 4 minutes idle), because an application would see that. It has one
 * time-out for all replies, so that is the longest of ours. Who connects is not its choice: see nodemailer-pool.ts.
 */
import type { SMTPPoolOptions } from 'nodemailer/lib/smtp-pool';
import type { AuthOptions, Credentials, Scenario, TlsOptions } from '../../scenario/scenario.js';

export type PoolOptions = Pick<Scenario, 'target' | 'client'> & {
  /** null without AUTH. */
  readonly credentials: Credentials | null;
  readonly maxConnections: number;
};

export function poolOptionsOf({ target, client, credentials, maxConnections }: PoolOptions): SMTPPoolOptions {
  const { timeouts } = client;
  const { tls, auth } = target;
  return {
    pool: true,
    maxConnections,
    // It knows no range.
    maxMessages: client.messagesPerSession.max,
    host: 'localhost',
    name: client.ehlo ?? '[127.0.0.1]',
    lmtp: target.protocol === 'lmtp',
    ...modeOf(tls, auth),
    tls: tlsOf(tls),
    ...(auth !== null && credentials !== null && authOf(auth, credentials)),
    // Greeting and TLS count as connecting there; connecting itself is ours.
    connectionTimeout: timeouts.connectMs + timeouts.greetingMs + timeouts.tlsMs,
    greetingTimeout: Math.max(timeouts.greetingMs, timeouts.tlsMs),
    socketTimeout: Math.max(
      timeouts.commandMs,
      timeouts.authMs,
      timeouts.dataInitiationMs,
      timeouts.dataBlockMs,
      timeouts.dataTerminationMs,
    ),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** It would send a password in plain text, so TLS is required where that is not allowed. */
function modeOf({ mode, fallback }: TlsOptions, auth: Omit<AuthOptions, 'users'> | null): SMTPPoolOptions {
  const showsSecret = auth !== null && auth.method !== 'cram-md5';
  const needsTls = showsSecret && !auth.allowPlaintext;
  if (mode === 'implicit') return { secure: true };
  if (mode === 'starttls' || needsTls) return { secure: false, requireTLS: true };
  if (mode === 'none') return { secure: false, ignoreTLS: true };
  return { secure: false, opportunisticTLS: fallback };
}

function tlsOf(options: TlsOptions): NonNullable<SMTPPoolOptions['tls']> {
  const { minVersion, maxVersion, ciphers, servername, ca, cert, key, passphrase } = options;
  return {
    rejectUnauthorized: options.verify,
    ...{ minVersion, maxVersion },
    ...(ciphers !== null && { ciphers }),
    ...(servername !== null && { servername }),
    ...(ca !== null && { ca }),
    ...(cert !== null && { cert }),
    ...(key !== null && { key }),
    ...(passphrase !== null && { passphrase }),
  };
}

/** Without AUTH being offered it sends without: forced, so that it fails as our own client does. */
function authOf({ method }: Pick<AuthOptions, 'method'>, { user, pass }: Credentials): SMTPPoolOptions {
  if (method === 'xoauth2') return { auth: { type: 'OAuth2', user, accessToken: pass }, forceAuth: true };
  return { auth: { user, pass }, authMethod: method.toUpperCase(), forceAuth: true };
}
