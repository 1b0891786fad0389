/**
 * Downloads a file.
 */

export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  // The browser may still be reading when this returns.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
