const HOST_SOURCE = /^(?:([a-z][a-z\d+.-]*):\/\/)?(\*|[^:/]+|\[[^\]]*\])(?::[\d*]+)?(?:\/.*)?$/;

/** Whether a form of a page with this policy may be answered by a redirect to an address (CSP, `form-action`). */
export function allowsRedirect(policy: string, to: URL, ownOrigin: string): boolean {
  const sources = formActionOf(policy);
  return !sources || sources.some((source) => isMatch(source, to, new URL(ownOrigin)));
}

/** undefined where the policy leaves forms alone. */
function formActionOf(policy: string): readonly string[] | undefined {
  const directives = policy.split(';').map((text) => text.trim().toLowerCase().split(/\s+/));
  return directives.find(([name]) => name === 'form-action')?.slice(1);
}

/** Ports and paths are left out: what is compared is what a warning is worth. */
function isMatch(source: string, { protocol, hostname }: URL, own: URL): boolean {
  const isWeb = protocol === 'http:' || protocol === 'https:';
  if (source === `'self'`) return isScheme(own.protocol, protocol) && own.hostname === hostname;
  if (source.endsWith(':')) return isScheme(source, protocol);
  const [, scheme, host = ''] = HOST_SOURCE.exec(source) ?? [];
  if (scheme === undefined ? !isWeb : !isScheme(`${scheme}:`, protocol)) return false;
  if (host === '*') return true;
  return host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : host === hostname;
}

/** What may be had without TLS may be had with it. */
function isScheme(named: string, protocol: string): boolean {
  return named === protocol || (named === 'http:' && protocol === 'https:');
}
