/**
 * Starts the service worker, and asks it for the rest of the page once the page is idle.
 */

interface Connection {
  saveData?: boolean;
}

export async function register(): Promise<void> {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) {
    return;
  }
  await navigator.serviceWorker.register('./sw.js');
  const { active } = await navigator.serviceWorker.ready;
  const { connection } = navigator as { connection?: Connection };
  if (connection?.saveData !== true) {
    const idle = window.requestIdleCallback ?? ((task: () => void) => setTimeout(task, 2000));
    idle(() => active?.postMessage('later'));
  }
  navigator.serviceWorker.addEventListener('message', (event) => {
    if (event.data === 'complete') {
      document.documentElement.dataset.offline = 'complete';
    }
  });
}
