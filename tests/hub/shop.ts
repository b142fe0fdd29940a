// A marketplace in TypeScript, told by its first argument what to sell; it prints what it saw.
import {
  Hub,
  HubRefused,
  HubUnreachable,
  StillRunning,
  WebhookForged,
  cancelOrder,
  isOrderMessage,
  listOrders,
  listResults,
  listTimeline,
  placeFile,
  placeOrder,
  placeOrders,
  readOrder,
  readWebhook,
  type OperationView,
  type OrderView,
  type PlaceOrder,
  type WebhookMessage,
} from "./client.js";

declare const process: { readonly argv: readonly string[] };

interface Signed {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly key: string;
}

interface Told {
  readonly url: string;
  readonly client_id: string;
  readonly secret: string;
  readonly orders: readonly [PlaceOrder, PlaceOrder, PlaceOrder];
  readonly file: string;
  readonly webhooks: Readonly<Record<string, Signed>>;
  readonly now: string;
}

async function refusal(doing: Promise<unknown>): Promise<HubRefused> {
  try {
    await doing;
  } catch (error) {
    if (error instanceof HubRefused) return error;
    throw error;
  }
  throw new Error("was not refused");
}

/** The number of an order that a message is about, or why it is not believed. */
async function heard({ headers, body, key }: Signed, now: Date): Promise<string> {
  let message: WebhookMessage;
  try {
    const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
    message = await readWebhook(headers, bytes, { key, now });
  } catch (error) {
    if (error instanceof WebhookForged) return `forged: ${error.message}`;
    throw error;
  }
  return isOrderMessage(message) ? message.data.order_no : message.type;
}

/** How a call goes that is answered like this: what was asked, by which keys, after which waits. */
async function answered(...answers: readonly Response[]): Promise<object> {
  const asked: string[] = [];
  const keys = new Set<string>();
  const waited: number[] = [];
  const left = [...answers];
  const hub = new Hub("http://hub", "cli", "secret", {
    fetch: async (url, init) => {
      const key = new Headers(init.headers).get("Idempotency-Key");
      if (key !== null) keys.add(key);
      asked.push(new URL(url).pathname.split("/").at(-1) ?? "");
      return left.shift() ?? Response.error();
    },
    wait: async (seconds) => void waited.push(seconds),
  });
  const call = hub.do(cancelOrder("ord", { reason: "other" }));
  const end = await call.then(
    () => "done",
    (error: unknown) => (error instanceof HubRefused ? error.status : String(error)),
  );
  return { end, asked, keys: keys.size, waited };
}

/** How a wait of two and a half seconds goes, for work that ends after so many looks. */
async function awaited(looks: number): Promise<object> {
  const running: OperationView = {
    ...{ id: "opn", kind: "import", status: "running", lines: 9, done: 3, refused: 0 },
    created_at: "2026-09-01T12:00:00Z",
  };
  let [now, left] = [0, looks];
  const hub = new Hub("http://hub", "cli", "secret", {
    fetch: async (url) => {
      if (url.endsWith("/token")) return token();
      return Response.json(--left > 0 ? running : { ...running, status: "failed" });
    },
    wait: async (seconds) => void (now += seconds),
    monotonic: () => now,
  });
  const end = await hub.finished(running, { withinS: 2.5 }).then(
    (work) => work.status,
    (error: unknown) => (error instanceof StillRunning ? error.message : String(error)),
  );
  return { end, now };
}

function token(): Response {
  return Response.json({ access_token: "t" });
}

async function main(told: Told): Promise<object> {
  const [first, second, third] = told.orders;
  const sent: string[] = [];
  const waited: number[] = [];
  let lost = 0;
  const hub = new Hub(told.url, told.client_id, told.secret, {
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      if (!url.endsWith("/orders/v1/orders")) return response;
      sent.push(new Headers(init.headers).get("Idempotency-Key") ?? "");
      if (lost++ === 0) throw new TypeError("the reply was lost");
      return response;
    },
    wait: async (seconds) => void waited.push(seconds),
  });

  const asked = placeOrder(first);
  const placed: OrderView = await hub.do(asked);
  const again = await hub.do(asked);
  const bulk = await hub.do(placeOrders({ orders: [second, third] }));
  const twice = await refusal(hub.do(placeOrder(first)));
  const wrong = await refusal(hub.do(placeOrder({ ...first, tax: { ...first.tax, currency: "MYR" } })));
  const stale = await refusal(
    hub.do(cancelOrder(placed.id, { reason: "buyer-request" }, { version: placed.version + 1 })),
  );
  const numbers: string[] = [];
  for await (const order of hub.each(listOrders({ limit: 2, seller_id: first.seller_id }))) {
    numbers.push(order.order_no);
  }
  const kinds: string[] = [];
  for await (const entry of hub.each(listTimeline(placed.id))) kinds.push(entry.kind);
  const patient = new Hub(told.url, told.client_id, told.secret);
  const accepted = await patient.do(placeFile(told.file, "text/csv"));
  const work = await patient.finished(accepted, { withinS: 60 });
  const lines: (string | undefined)[] = [];
  for await (const line of hub.each(listResults(work.id))) lines.push(line.problem?.code);
  const stranger = new Hub(told.url, told.client_id, "wrong");
  const nobody = new Hub(told.url, told.client_id, told.secret, {
    fetch: () => Promise.reject(new TypeError("no such address")),
    wait: async () => undefined,
  });
  const silence: unknown = await nobody.do(readOrder(placed.id)).catch((error: unknown) => error);
  const webhooks: Record<string, string> = {};
  for (const [name, signed] of Object.entries(told.webhooks)) {
    webhooks[name] = await heard(signed, new Date(told.now));
  }
  return {
    state: (await hub.do(readOrder(placed.id))).state,
    same: again.id === placed.id,
    keys: new Set(sent.slice(0, 3)).size,
    pauses: waited.length,
    bulk: bulk.placed,
    twice: [twice.status, twice.code],
    wrong: [wrong.status, wrong.code, wrong.field],
    stale: [stale.status, stale.code],
    stranger: (await refusal(stranger.do(readOrder(placed.id)))).status,
    unreachable: silence instanceof HubUnreachable,
    numbers,
    kinds,
    webhooks,
    work: [work.status, work.done, lines],
    ended: await awaited(2),
    endless: await awaited(99),
    busy: await answered(
      new Response("", { status: 503, headers: { "Retry-After": "2" } }),
      token(),
      new Response("", { status: 429, headers: { "Retry-After": "900" } }),
      Response.json({ code: "request-in-flight" }, { status: 409 }),
      Response.json({}),
    ),
    lapsed: await answered(
      token(),
      new Response("", { status: 502, headers: { "Retry-After": "0" } }),
      new Response("", { status: 401 }),
      token(),
      new Response("<html>", { status: 500 }),
    ),
  };
}

// @ts-expect-error: no contract has this reason, and the compiler must see it
void cancelOrder("", { reason: "bored" });

console.log(JSON.stringify(await main(JSON.parse(process.argv[2] ?? "") as Told)));
