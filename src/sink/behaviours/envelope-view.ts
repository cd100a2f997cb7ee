/**
 * What behaviours look at in an event: addresses in lower case, domains, the network of the client. Text is hostile.
 */
import { BlockList, isIP } from 'node:net';
import { hexDigitsOf, unmapped } from '../authentication/names.js';
import type { SinkEvent } from '../event.js';

/** Whom this event is about: over SMTP all recipients so far, where a verb names one, or LMTP asks for one, that. */
export function recipientsOf(event: SinkEvent): readonly string[] {
  return event.recipient === null ? event.recipients : [event.recipient];
}

/** In lower case; '' for an address without one. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? '' : address.slice(at + 1).toLowerCase();
}

/** The network that greylisting takes for one client, as senders retry from a neighbour: /24, or /64 of IPv6. */
export function networkOf(peer: string): string {
  const address = unmapped(peer);
  if (isIP(address) === 4) return address.slice(0, address.lastIndexOf('.'));
  if (isIP(address) === 6) return hexDigitsOf(address).slice(0, 16);
  return address;
}

/** Whether an address is in one of these blocks; anything but an address, such as the name of a socket, never is. */
export function blockMatcher(blocks: readonly string[]): (peer: string) => boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', bits] = block.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return (peer) => {
    const address = unmapped(peer);
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}
