/** A port of this machine that HOST_CHECK asks for, and that can be closed: the host without a network. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

export class SwitchableHost {
  port = 0;
  private server: Server | undefined;

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async open(): Promise<void> {
    const server = createServer((socket) => socket.destroy());
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    server.close();
    await once(server, 'close');
  }
}
