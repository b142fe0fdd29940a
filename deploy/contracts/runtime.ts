/** One page of a list, and where the next one starts. */
export interface ListPage<Item> {
  items: Item[];
  next_cursor?: string | null;
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** One request. Its key is drawn when it is made, so that a retry is the same request. */
export interface Ask<Reply> {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly query?: Query;
  readonly version?: number | undefined;
  /** Of a body that goes as it is; any other goes as JSON. */
  readonly mediaType?: string;
  readonly prefer?: string;
  readonly key: string;
  /** Never set: it carries the type of the reply. */
  readonly reply?: Reply;
}

function ask<Reply>(
  method: string,
  path: string,
  rest: Pick<Ask<Reply>, "body" | "query" | "version" | "mediaType" | "prefer"> = {},
): Ask<Reply> {
  return { method, path, ...rest, key: crypto.randomUUID() };
}

/** The hub answered a problem (RFC 9457). `code` is stable, `field` says what it is about. */
export class HubRefused extends Error {
  override readonly name = "HubRefused";
  readonly code: string;
  readonly field: string | undefined;
  readonly help: string | undefined;

  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
  ) {
    const code = problem.code ?? "unknown";
    super(`${status} ${code}: ${problem.detail ?? ""}`);
    this.code = code;
    this.field = problem.field ?? undefined;
    this.help = problem.help ?? undefined;
  }
}

/** The hub did not answer, at every attempt; whether it acted is unknown, so ask again. */
export class HubUnreachable extends Error {
  override readonly name = "HubUnreachable";
}

/** Long work had not ended at the deadline; it goes on, so ask again later. */
export class StillRunning extends Error {
  override readonly name = "StillRunning";
}

/** No signature fits the key, the message is not of now, or it means more than one thing.
 *
 * Answer 400 and do nothing. */
export class WebhookForged extends Error {
  override readonly name = "WebhookForged";
}

const ATTEMPTS_MAX = 6;
const PAUSE_S = 0.25;
const PAUSE_S_MAX = 30;
const PAGES_MAX = 100_000;
/** Between two looks at long work. */
const LOOK_AGAIN_S = 1;
const TIMEOUT_MS = 30_000;
const TOKEN_PATH = "/members/v1/oauth/token";
const AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const UNKNOWN_TOKEN = 401;
const IN_FLIGHT = "request-in-flight";

/** What stands in for the network and for time in tests. */
export interface HubOptions {
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  readonly wait?: (seconds: number) => Promise<void>;
  /** Seconds that only grow. */
  readonly monotonic?: () => number;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string;
  readonly text: string;
}

/** A hub: every request that changes something carries a key, so it may be sent again.
 *
 * 429 and 503 say when; a reply that never came is asked for after a growing pause. */
export class Hub {
  readonly #url: string;
  readonly #credentials: string;
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly #wait: (seconds: number) => Promise<void>;
  readonly #monotonic: () => number;
  #token = "";

  constructor(url: string, clientId: string, secret: string, options: HubOptions = {}) {
    this.#url = new URL(url).href.replace(/\/+$/, "");
    this.#credentials = btoa(`${clientId}:${secret}`);
    this.#fetch = options.fetch ?? ((to, init) => fetch(to, init));
    this.#wait =
      options.wait ?? ((seconds) => new Promise((done) => setTimeout(done, seconds * 1000)));
    this.#monotonic = options.monotonic ?? (() => performance.now() / 1000);
  }

  /** Ask once for good: return the reply, or throw HubRefused or HubUnreachable. */
  async do<Reply>(asked: Ask<Reply>): Promise<Reply> {
    let cause: unknown;
    let answer: Answer | undefined;
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      try {
        answer = await this.#send(asked);
      } catch (error) {
        if (error instanceof HubRefused) throw error;
        [answer, cause] = [undefined, error];
      }
      if (answer !== undefined && !isPassing(answer)) break;
      await this.#wait(pause(answer, attempt));
    }
    if (answer === undefined) {
      throw new HubUnreachable(`${this.#url} did not answer ${ATTEMPTS_MAX} times`, { cause });
    }
    if (isError(answer)) throw refusal(answer);
    return (answer.text === "" ? undefined : JSON.parse(answer.text)) as Reply;
  }

  /** Walk a list to its end, page by page. */
  async *each<Item>(asked: Ask<ListPage<Item>>): AsyncGenerator<Item, void, undefined> {
    let next = asked;
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const page = await this.do(next);
      yield* page.items;
      if (page.next_cursor === undefined || page.next_cursor === null) return;
      next = { ...asked, query: { ...asked.query, cursor: page.next_cursor } };
    }
  }

  /** Look until long work has ended, well or not; StillRunning when that takes longer. */
  async finished(
    work: OperationView,
    { withinS }: { readonly withinS: number },
  ): Promise<OperationView> {
    const ends = this.#monotonic() + withinS;
    for (let seen = work; ; seen = await this.do(readOperation(seen.id))) {
      if (seen.status !== "running") return seen;
      const left = ends - this.#monotonic();
      if (left <= 0) throw new StillRunning(`${seen.id} has done ${seen.done} of ${seen.lines}`);
      await this.#wait(Math.min(left, LOOK_AGAIN_S));
    }
  }

  /** One attempt, with a fresh token where there is none or the hub no longer knows it. */
  async #send<Reply>(asked: Ask<Reply>): Promise<Answer> {
    if (this.#token !== "") {
      const answer = await this.#answer(asked.path + search(asked), this.#request(asked));
      if (answer.status !== UNKNOWN_TOKEN) return answer;
    }
    const office = await this.#answer(TOKEN_PATH, {
      method: "POST",
      headers: { Authorization: `Basic ${this.#credentials}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    if (isPassing(office)) return office;
    if (isError(office)) throw refusal(office);
    this.#token = (JSON.parse(office.text) as { access_token: string }).access_token;
    return this.#answer(asked.path + search(asked), this.#request(asked));
  }

  #request<Reply>(asked: Ask<Reply>): RequestInit {
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#token}` };
    if (asked.method !== "GET") headers["Idempotency-Key"] = asked.key;
    if (asked.version !== undefined) headers["If-Match"] = `"${asked.version}"`;
    if (asked.body === undefined) return { method: asked.method, headers };
    headers["Content-Type"] = asked.mediaType ?? "application/json";
    if (asked.prefer !== undefined) headers["Prefer"] = asked.prefer;
    const body = asked.mediaType === undefined ? JSON.stringify(asked.body) : asked.body;
    return { method: asked.method, headers, body: body as BodyInit };
  }

  /** Return what came back, read to its end; throws when nothing did, or only a part. */
  async #answer(path: string, init: RequestInit): Promise<Answer> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await this.#fetch(this.#url + path, { ...init, signal, redirect: "manual" });
    return {
      status: response.status,
      retryAfter: response.headers.get("Retry-After") ?? "",
      text: await response.text(),
    };
  }
}

function search<Reply>(asked: Ask<Reply>): string {
  const named = new URLSearchParams();
  for (const [name, value] of Object.entries(asked.query ?? {})) {
    if (value !== undefined) named.set(name, String(value));
  }
  const text = named.toString();
  return text === "" ? "" : `?${text}`;
}

function isError(answer: Answer): boolean {
  return answer.status < 200 || answer.status >= 300;
}

/** Whether the same request may be answered otherwise in a moment. */
function isPassing(answer: Answer): boolean {
  if (answer.status === 409) return refusal(answer).code === IN_FLIGHT;
  return AGAIN.has(answer.status);
}

/** How long to wait before asking again, in seconds. */
function pause(answer: Answer | undefined, attempt: number): number {
  const said = answer?.retryAfter ?? "";
  if (/^\d+$/.test(said)) return Math.min(Number(said), PAUSE_S_MAX);
  return Math.min(PAUSE_S * 2 ** attempt, PAUSE_S_MAX) * (0.5 + Math.random() / 2);
}

/** The problem of an answer; a proxy's page has none and keeps its status. */
function refusal(answer: Answer): HubRefused {
  let problem: unknown;
  try {
    problem = JSON.parse(answer.text);
  } catch {
    problem = {};
  }
  const isObject = typeof problem === "object" && problem !== null && !Array.isArray(problem);
  return new HubRefused(answer.status, isObject ? (problem as Partial<Problem>) : {});
}

const TOLERANCE_MS = 5 * 60 * 1000;
const SECRET_PREFIX = "whsec_";
const PUBLIC_PREFIX = "whpk_";

/** A request's headers as fetch or as node has them. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | string[] | undefined>>;

/** Return the message, or throw WebhookForged. `key` is the secret or the public key.
 *
 * `body` is what came, byte for byte. The `webhook-id` stays the same at every try: keep it, and
 * drop what comes twice. */
export async function readWebhook(
  headers: WebhookHeaders,
  body: Uint8Array,
  { key, now = new Date() }: { readonly key: string; readonly now?: Date },
): Promise<WebhookMessage> {
  const named = new Map<string, unknown>();
  const entries = headers instanceof Headers ? [...headers] : Object.entries(headers);
  for (const [name, value] of entries) named.set(name.toLowerCase(), value);
  const [id, timestamp, signatures] = ["id", "timestamp", "signature"].map((name) =>
    named.get(`webhook-${name}`),
  );
  if (typeof id !== "string" || typeof timestamp !== "string" || typeof signatures !== "string") {
    throw new WebhookForged("the headers of a webhook are missing");
  }
  const sentAt = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1000 : Number.NaN;
  if (!(Math.abs(now.getTime() - sentAt) <= TOLERANCE_MS)) {
    throw new WebhookForged("the message is not of now");
  }
  const head = new TextEncoder().encode(`${id}.${timestamp}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  const fit = signatures.split(/\s+/).map((signature) => fits(signature, content, key));
  if (!(await Promise.all(fit)).includes(true)) throw new WebhookForged("no signature fits");
  return readJson(body) as WebhookMessage;
}

/** Whether one signature of the message was made with this key. */
async function fits(signature: string, content: BufferSource, key: string): Promise<boolean> {
  const [version, text] = signature.split(",", 2);
  try {
    const given = bytesOf(text ?? "");
    if (version === "v1" && key.startsWith(SECRET_PREFIX)) {
      const algorithm = { name: "HMAC", hash: "SHA-256" };
      const raw = bytesOf(key.slice(SECRET_PREFIX.length));
      const secret = await crypto.subtle.importKey("raw", raw, algorithm, false, ["verify"]);
      return await crypto.subtle.verify("HMAC", secret, given, content);
    }
    if (version === "v1a" && key.startsWith(PUBLIC_PREFIX)) {
      const algorithm = { name: "Ed25519" };
      const raw = bytesOf(key.slice(PUBLIC_PREFIX.length));
      const known = await crypto.subtle.importKey("raw", raw, algorithm, false, ["verify"]);
      return await crypto.subtle.verify(algorithm, known, given, content);
    }
  } catch {
    return false; // what is no base64, or no key, fits nothing
  }
  return false;
}

function bytesOf(base64: string): BufferSource {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** What a signed body says, read in one way only: UTF-8, and no name twice in an object. */
function readJson(body: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    const said: unknown = JSON.parse(text);
    if (!hasNameTwice(text)) return said;
  } catch (cause) {
    throw new WebhookForged("the body is not JSON that means one thing", { cause });
  }
  throw new WebhookForged("the body has a name twice in one object");
}

/** Whether an object of a well-formed text has a name twice: JSON.parse would take the last. */
function hasNameTwice(text: string): boolean {
  const open: Set<string>[] = [];
  let last = "";
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === "{" || token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token !== ":") last = token;
    else {
      const names = open.at(-1);
      const name = JSON.parse(last) as string;
      if (names?.has(name)) return true;
      names?.add(name);
    }
  }
  return false;
}

/** Whether a message is about an order. */
export function isOrderMessage(message: WebhookMessage): message is OrderMessage {
  return "order_id" in message.data;
}
