/**
 * A component that a link names by its address. The visitor's browser fetches it, and only after a
 * click: a link alone makes no request.
 */

const KEY = 'component';
const MAX_LENGTH = 2048;

/** The address that a fragment names, if it may be fetched. */
export function named(fragment: string): URL | 'unreadable' | undefined {
  const parts = new URLSearchParams(fragment.replace(/^#/, ''));
  const text = parts.get(KEY);
  if (text === null) {
    return undefined;
  }
  if (text.length > MAX_LENGTH || !URL.canParse(text)) {
    return 'unreadable';
  }
  const url = new URL(text);
  const isLocal = url.protocol === 'http:' && /^(localhost|127\.0\.0\.1)$/.test(url.hostname);
  const hasUser = url.username !== '' || url.password !== '';
  return (url.protocol === 'https:' || isLocal) && !hasUser ? url : 'unreadable';
}

/** The part of a fragment that names an address. */
export function naming(url: string): string {
  return `&${KEY}=${encodeURIComponent(url)}`;
}

/** The last part of its path, as a file name. */
function fileName(url: URL): string {
  const last = url.pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last) || 'component.wasm';
  } catch {
    return last;
  }
}

/** @throws Error with what to do */
export async function fetched(url: URL): Promise<File> {
  let response: Response;
  try {
    response = await fetch(url, {
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      mode: 'cors',
    });
  } catch {
    throw new Error(
      `${url.host} cannot be reached, or does not let pages of others read this file (CORS: it sends no header Access-Control-Allow-Origin). Download the file and drop it here.`,
    );
  }
  if (!response.ok) {
    throw new Error(`${url.host} answers with ${response.status}: the link may be old.`);
  }
  const blob = await response.blob();
  return new File([blob], fileName(url), { type: 'application/wasm' });
}
