// Serves units from an R2 bucket to whoever shows a link that the application signed: GET /units/<key>?expires=<unix seconds>&signature=<hex>.
// The signature is HMAC-SHA-256 over "<key>\n<expires>". Bindings: UNITS (R2 bucket), SIGNING_KEY (secret text).

const PREFIX = "/units/";

async function isSigned(key, expires, signature, secret) {
  if (!/^\d{1,12}$/.test(expires) || !/^[0-9a-f]{64}$/.test(signature) || Number(expires) * 1000 < Date.now()) {
    return false;
  }
  const text = new TextEncoder();
  const hmac = await crypto.subtle.importKey("raw", text.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  const bytes = Uint8Array.from(signature.match(/../g), (pair) => parseInt(pair, 16));
  return crypto.subtle.verify("HMAC", hmac, bytes, text.encode(`${key}\n${expires}`));
}

function refused(status, reason) {
  return new Response(reason, { status, headers: { "cache-control": "no-store" } });
}

function found(unit, request) {
  const headers = new Headers({ etag: unit.httpEtag, "cache-control": "private, max-age=60" });
  unit.writeHttpMetadata(headers);
  if (!unit.body) {
    return new Response(null, { status: request.method === "HEAD" ? 200 : 304, headers });
  }
  return new Response(unit.body, { headers });
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    if (request.method !== "GET" && request.method !== "HEAD") {
      return refused(405, "GET or HEAD");
    }
    const key = url.pathname.startsWith(PREFIX) ? decodeURIComponent(url.pathname.slice(PREFIX.length)) : "";
    const expires = url.searchParams.get("expires") ?? "";
    const signature = url.searchParams.get("signature") ?? "";
    if (!key || !(await isSigned(key, expires, signature, env.SIGNING_KEY))) {
      return refused(403, "link is not signed, or has expired");
    }
    const unit = request.method === "HEAD" ? await env.UNITS.head(key) : await env.UNITS.get(key, { onlyIf: request.headers });
    return unit ? found(unit, request) : refused(404, "no such unit");
  },
};
