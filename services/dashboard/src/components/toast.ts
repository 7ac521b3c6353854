import type { ExternalToast } from "sonner";

const library = () => import("sonner");

function said(text: string, options?: ExternalToast): void {
  void library().then(({ toast: say }) => say(text, options));
}

/** Short notices. Their library is no part of any page: it comes after the page is there (shell/Toasts.tsx). */
export const toast = Object.assign(said, {
  success(text: string, options?: ExternalToast): void {
    void library().then(({ toast: say }) => say.success(text, options));
  },
  error(text: string, options?: ExternalToast): void {
    void library().then(({ toast: say }) => say.error(text, options));
  },
});
