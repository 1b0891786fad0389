/**
 * What a new row begins with, where an empty one would be refused: by the type of the row in the
 * schema, and its field.
 */

export const BEGINNINGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Tmpfs: { guest: '/tmp' },
  Preopen: { guest: '/data', host: 'data' },
  SocketTarget: { host: 'api.example.com', port: 443 },
};
