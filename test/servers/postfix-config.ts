/**
 * The two configuration files of a private Postfix. Pure: options in, texts out.
 *
 * Nothing leaves the machine unless `extra` undoes it: mail is discarded or relayed to a port on 127.0.0.1, no
 * look-up in DNS is made, and no domain is local.
 */
export interface PostfixFiles {
  /** Absolute; holds etc/, spool/, data/ and log/. */
  readonly dir: string;
  /** Where smtpd listens on 127.0.0.1. */
  readonly port: number;
  /** Everything is relayed to 127.0.0.1 on this port; without it, everything is discarded. */
  readonly relayPort?: number;
  /** PEM file with key and certificate, for STARTTLS. */
  readonly certificatePath?: string;
  /** More lines of main.cf; they win over ours. */
  readonly extra?: Readonly<Record<string, string>>;
}

export const POSTFIX_HOSTNAME = 'mx.example.test';

export function mainCf({ dir, relayPort, certificatePath, extra = {} }: PostfixFiles): string {
  const settings: Record<string, string> = {
    compatibility_level: '3.6',
    queue_directory: `${dir}/spool`,
    data_directory: `${dir}/data`,
    mail_owner: 'postfix',
    setgid_group: 'postdrop',
    // Outside /var a log file needs the prefix too, or `postfix start` fails without a word.
    maillog_file: `${dir}/log/maillog`,
    maillog_file_prefixes: dir,
    enable_long_queue_ids: 'yes',

    myhostname: POSTFIX_HOSTNAME,
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    relay_domains: 'example.test',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    local_recipient_maps: '',
    alias_maps: '',
    alias_database: '',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    smtpd_peername_lookup: 'no',
    smtp_dns_support_level: 'disabled',
    ...destination(relayPort),

    // No limit of the server's may look like one of the generator's.
    default_process_limit: '200',
    default_destination_concurrency_limit: '100',
    smtpd_client_connection_count_limit: '0',
    smtpd_client_connection_rate_limit: '0',
    in_flow_delay: '0',
    ...(certificatePath === undefined ? {} : tls(certificatePath)),
    ...extra,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

/** The distribution's master.cf with smtpd on our port, nothing chrooted, and without its examples of pipes. */
export function masterCf(distributed: string, { port }: Pick<PostfixFiles, 'port'>): string {
  const services = distributed
    .replace(/^(#.*)?\n/gm, '')
    // An indented line goes on with the service above it.
    .split(/\n(?!\s)/)
    .map((service) => SERVICE.exec(service)?.groups)
    .filter((service) => service !== undefined && service.command !== 'pipe');
  return services.map((service) => serviceLine(service ?? {}, port)).join('');
}

/** Columns as in master(5). */
const SERVICE =
  /^(?<name>\S+)\s+(?<type>\S+)\s+(?<access>\S+\s+\S+)\s+(?<chroot>\S+)\s+(?<limits>\S+\s+\S+)\s+(?<command>\S+)(?<options>.*)$/s;

function serviceLine(service: Readonly<Record<string, string>>, port: number): string {
  const { name, type, access, limits, command, options } = service;
  const listen = type === 'inet' ? `127.0.0.1:${port}` : name;
  return `${listen} ${type} ${access} n ${limits} ${command}${options}\n`;
}

function destination(relayPort: number | undefined): Record<string, string> {
  if (relayPort === undefined) return { default_transport: 'discard:', relay_transport: 'discard:' };
  return { relayhost: `[127.0.0.1]:${relayPort}` };
}

function tls(certificatePath: string): Record<string, string> {
  return {
    smtpd_tls_security_level: 'may',
    smtpd_tls_chain_files: certificatePath,
  };
}
