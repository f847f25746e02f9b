// The live socket: subscribes, notices gaps and silence, comes back by itself and resumes where it was.

const SILENCE_MS = 7000; // heartbeats come every 2 s
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5000;
const REVOKED = 4003;

export class Feed {
  /**
   * @param {{url: string, picture: import('./picture.js').Picture, room: string, open?: (url: string) => WebSocket,
   *   on: {snapshot: Function, event: Function, positions: Function, link: Function, time: Function, refused: Function,
   *   revoked: Function}}} parts
   */
  constructor({ url, picture, room, on, open = (address) => new WebSocket(address) }) {
    Object.assign(this, { url, picture, room, on, open });
    this.heardMs = 0;
    this.wait = FIRST_WAIT_MS;
    this.ended = false;
  }

  start() {
    this.#connect();
    this.watch = setInterval(() => this.#listen(), 1000);
  }

  /** Milliseconds since anything was heard. */
  silence(nowMs) {
    return this.heardMs ? nowMs - this.heardMs : Infinity;
  }

  #connect() {
    const socket = this.open(this.url);
    this.socket = socket;
    this.triedMs = Date.now();
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.heardMs = Date.now();
      this.#subscribe();
    };
    socket.onmessage = ({ data }) => this.#hear(data);
    socket.onclose = ({ code }) => this.#lost(socket, code);
    socket.onerror = () => {};
  }

  #subscribe() {
    const { seq } = this.picture;
    this.#say({ subscribe: seq === null ? { room: this.room } : { room: this.room, after: seq } });
  }

  #say(message) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  #hear(data) {
    this.heardMs = Date.now();
    this.wait = FIRST_WAIT_MS;
    if (typeof data !== 'string') {
      this.on.positions(data);
      return;
    }
    const message = JSON.parse(data);
    const [kind] = Object.keys(message);
    const content = message[kind];
    if (kind === 'event') this.#event(content);
    else if (kind === 'snapshot') {
      this.picture.load(content);
      this.on.snapshot(content);
    } else if (kind === 'error') this.on.refused(content);
    if (content.at && kind !== 'event') this.on.time(Date.parse(content.at));
    this.on.link();
  }

  #event(event) {
    if (this.picture.apply(event)) this.on.event(event);
    else this.#subscribe(); // something is missing in between: ask for it
  }

  #lost(socket, code) {
    if (socket !== this.socket || this.ended) return;
    if (code === REVOKED) {
      this.stop();
      this.on.revoked();
      return;
    }
    this.on.link();
    setTimeout(() => this.#connect(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  #listen() {
    const quietMs = Date.now() - Math.max(this.heardMs, this.triedMs);
    if (this.socket?.readyState <= 1 && quietMs > SILENCE_MS) {
      const dead = this.socket;
      this.#lost(dead, 0);
      this.socket = null;
      dead.close();
    }
  }

  stop() {
    this.ended = true;
    clearInterval(this.watch);
    this.socket?.close();
  }
}
