/**
 * SinkConnection: smtp-server's connection without its delays, the place where later behaviours hook in.
 *
 * Greets at once (smtp-server waits 100 ms to catch early talkers), closes idle sessions only when asked to, and
 * writes the replies of one group of pipelined commands together (RFC 2920 §3.2 (2), (4)). Says nothing of its own:
 * every reply text is smtp-server's.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { SMTPServer } from 'smtp-server';
import { SMTPConnection, type SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPStream } from 'smtp-server/lib/smtp-stream.js';

const LF = 0x0a;

/** What a connection asks of the sink it belongs to. */
export interface SinkConnectionHost {
  /** 0: sessions may idle for ever. */
  readonly idleMs: number;
  onClosed(connection: SinkConnection): void;
}

export class SinkConnection extends SMTPConnection {
  readonly #host: SinkConnectionHost;

  constructor(
    server: SMTPServer,
    socket: Socket | TLSSocket,
    options: SMTPConnectionOptions & { readonly host: SinkConnectionHost },
  ) {
    super(server, socket, options);
    this.#host = options.host;
    // Zero and false both mean 10 to smtp-server, which hangs up on a client that pipelines before AUTH.
    this._maxAllowedUnauthenticatedCommands = false;
  }

  override init(): void {
    this._setListeners(() => {
      const { maxClients } = this._server.options;
      if (maxClients && this._server.connections.size > maxClients) {
        this.send(421, `${this.name} Too many connections, try again later`, false);
      } else {
        this.connectionReady();
      }
    });
  }

  override _armTimeout(socket: Socket | TLSSocket = this._socket): void {
    if (this.#host.idleMs > 0) super._armTimeout(socket);
  }

  override _createParser(): SMTPStream {
    const parser = super._createParser();
    const write = parser._write;
    parser._write = (chunk, encoding, next) => {
      const isGroup = !parser._dataMode && chunk.indexOf(LF) < chunk.length - 1;
      if (isGroup) this.#inOneWrite(() => write.call(parser, chunk, encoding, next));
      else write.call(parser, chunk, encoding, next);
    };
    return parser;
  }

  override _onClose(): void {
    super._onClose();
    this.#host.onClosed(this);
  }

  destroy(): void {
    this._socket.destroy();
  }

  /** Only for groups: for a lone command, holding its reply back costs an eighth of all CPU time. */
  #inOneWrite(handleCommands: () => void): void {
    const socket = this._socket;
    socket.cork();
    try {
      handleCommands();
    } finally {
      socket.uncork();
    }
  }
}
