// Ask the browser to keep the pages that must open without a line. Without HTTPS (but for this machine itself) no browser does.

/** Whether the pages are kept. */
export async function keepPages(): Promise<boolean> {
  if (!navigator.serviceWorker) return false;
  try {
    await navigator.serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' });
    void navigator.storage?.persist?.().catch(() => false);
    return true;
  } catch {
    return false; // the page says that it can't be opened without a line
  }
}
