/**
 * Trust: whose XCLIENT and XFORWARD are believed: clients on this host and in private networks.
 *
 * RFC 1918, RFC 4193, RFC 4291 §2.5.6 (link-local) and loopback. A Unix socket has no address and is this host.
 */
import { BlockList, isIPv6 } from 'node:net';

const NEAR = new BlockList();
NEAR.addSubnet('127.0.0.0', 8, 'ipv4');
NEAR.addSubnet('10.0.0.0', 8, 'ipv4');
NEAR.addSubnet('172.16.0.0', 12, 'ipv4');
NEAR.addSubnet('192.168.0.0', 16, 'ipv4');
NEAR.addSubnet('169.254.0.0', 16, 'ipv4');
NEAR.addAddress('::1', 'ipv6');
NEAR.addSubnet('fc00::', 7, 'ipv6');
NEAR.addSubnet('fe80::', 10, 'ipv6');

/** `address` as a socket has it; '' for a Unix socket. */
export function isTrusted(address: string): boolean {
  return address === '' || NEAR.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
