// Addresses of clips that the policy of the page has refused. The server signs only addresses of allowed hosts, so that
// a refused one has redirected to another host. Browsers name the address before the redirect, or only its host.
const blocked = new Set();

export function addBlockedUrl({ effectiveDirective, blockedURI }) {
  if (["media-src", "connect-src"].includes(effectiveDirective)) blocked.add(blockedURI);
}

export function isBlocked(url) {
  const { origin, href, hash } = new URL(url, globalThis.location?.href);
  return blocked.has(origin) || blocked.has(hash ? href.slice(0, -hash.length) : href);
}

globalThis.document?.addEventListener("securitypolicyviolation", addBlockedUrl);
