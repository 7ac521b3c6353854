import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./api/client";
import { createQueryClient } from "./api/queryClient";
import { createLiveClient, LiveProvider } from "./live/react";
import { createAppRouter } from "./router";
import "./styles.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element #root to put the page in.");

createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={createQueryClient()}>
      <LiveProvider client={createLiveClient()}>
        <RouterProvider router={createAppRouter()} />
      </LiveProvider>
    </QueryClientProvider>
  </StrictMode>,
);
