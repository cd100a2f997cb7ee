/**
 * What mailbench may touch without being told twice: loopback hosts and reserved mail domains.
 *
 * One judgement in one place, because four rooms make it: scenario (before a run), smtp (the address really
 * connected to), sink (where it listens) and cli. Never looks a name up: a name other than `localhost` is not loopback.
 * RFC 1122 §3.2.1.3 (127/8), RFC 4291 §2.5.3 (::1), RFC 2606 and RFC 6761 (reserved names).
 */

/** True for 127.0.0.0/8, ::1, their IPv4-mapped forms and the name `localhost`. Brackets are allowed. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost' || bare === '::1' || bare === '0:0:0:0:0:0:0:1') return true;
  const ipv4 = bare.startsWith('::ffff:') ? bare.slice(7) : bare;
  return (
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(ipv4) && ipv4.split('.').every((octet) => Number(octet) <= 255)
  );
}

/** True for domains nobody can own: example.com/.net/.org and anything under .example, .test, .invalid, .localhost. */
export function isReservedDomain(domain: string): boolean {
  const bare = domain.toLowerCase().replace(/\.$/, '');
  const labels = bare.split('.');
  if (['example', 'test', 'invalid', 'localhost'].includes(labels.at(-1) ?? '')) return true;
  return ['example.com', 'example.net', 'example.org'].includes(labels.slice(-2).join('.'));
}
