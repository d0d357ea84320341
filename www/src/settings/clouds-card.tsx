import { Button } from "@mantine/core";
import { Cloud } from "lucide-react";
import { Card } from "../app/card";
import { showView } from "../app/use-view";

/** The way to everything that does not run on the visitor's own machine. */
export function CloudsCard({ level }: { level?: 2 | 3 }) {
  return (
    <Card title="Clouds and other servers" icon={<Cloud size={18} aria-hidden />} level={level}>
      <p>Google Gemini and OpenRouter with a key of yours, or any server with OpenAI's API. Nothing is sent to them before that.</p>
      <Button variant="light" onClick={() => showView("settings")}>
        Add a key or a server
      </Button>
    </Card>
  );
}
