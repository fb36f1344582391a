"""The backend's message types as a table: which field of which message has which type.

Notation of a type: `string bool int32 int64 double bytes` are scalars, `object` and `any` free JSON,
`enum:X` a name of `ENUMS`, any other word a message of this table; `[]` in front makes it repeated, `{}` a
map with string keys. Field names are camelCase; the snake_case spelling of each is accepted as well.
Source: upstream.md 3.3 and 5.
"""

from types import MappingProxyType

ENUMS: dict[str, frozenset[str]] = {
    "Mode": frozenset({"MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"}),
    "Type": frozenset(
        {"TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"}
    ),
    "HarmCategory": frozenset(
        {
            "HARM_CATEGORY_UNSPECIFIED",
            "HARM_CATEGORY_HARASSMENT",
            "HARM_CATEGORY_HATE_SPEECH",
            "HARM_CATEGORY_SEXUALLY_EXPLICIT",
            "HARM_CATEGORY_DANGEROUS_CONTENT",
            "HARM_CATEGORY_CIVIC_INTEGRITY",
        }
    ),
    "Threshold": frozenset(
        {
            "HARM_BLOCK_THRESHOLD_UNSPECIFIED",
            "OFF",
            "BLOCK_NONE",
            "BLOCK_ONLY_HIGH",
            "BLOCK_MEDIUM_AND_ABOVE",
            "BLOCK_LOW_AND_ABOVE",
        }
    ),
    "IdeType": frozenset(
        {
            "IDE_UNSPECIFIED",
            "ANTIGRAVITY",
            "VSCODE",
            "INTELLIJ",
            "VSCODE_CLOUD_WORKSTATION",
            "INTELLIJ_CLOUD_WORKSTATION",
            "CLOUD_SHELL",
            "GEMINI_CLI",
        }
    ),
    "Platform": frozenset(
        {
            "PLATFORM_UNSPECIFIED",
            "DARWIN_AMD64",
            "DARWIN_ARM64",
            "LINUX_AMD64",
            "LINUX_ARM64",
            "WINDOWS_AMD64",
        }
    ),
    "PluginType": frozenset(
        {"PLUGIN_UNSPECIFIED", "CLOUD_CODE", "GEMINI", "AIPLUGIN_INTELLIJ", "AIPLUGIN_STUDIO"}
    ),
    "LoadMode": frozenset({"MODE_UNSPECIFIED", "FULL_ELIGIBILITY_CHECK", "HEALTH_CHECK"}),
    "Modality": frozenset({"MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO"}),
    "ThinkingLevel": frozenset({"THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH"}),
    "Outcome": frozenset(
        {"OUTCOME_UNSPECIFIED", "OUTCOME_OK", "OUTCOME_FAILED", "OUTCOME_DEADLINE_EXCEEDED"}
    ),
    "Language": frozenset({"LANGUAGE_UNSPECIFIED", "PYTHON"}),
}

# Names of these enums are understood in any case (types: both cases are in use; levels: lower case is).
CASELESS_ENUMS = frozenset({"Type", "ThinkingLevel"})

_SCHEMA = {
    "type": "enum:Type",
    "description": "string",
    "properties": "{}Schema",
    "required": "[]string",
    "items": "Schema",
    "enum": "[]string",
    "nullable": "bool",
    "anyOf": "[]Schema",
    "propertyOrdering": "[]string",
    "minProperties": "int64",
    "maxProperties": "int64",
    "example": "any",
    "minLength": "int64",
    "maxLength": "int64",
    "pattern": "string",
    "minItems": "int64",
    "maxItems": "int64",
    "uniqueItems": "bool",
    "format": "string",
    "minimum": "double",
    "maximum": "double",
    "multipleOf": "double",
}
_RESPONSE_SCHEMA = {
    **_SCHEMA,
    "properties": "{}ResponseSchema",
    "items": "ResponseSchema",
    "anyOf": "[]ResponseSchema",
    "additionalProperties": "any",
}
# Where sources differ the strict table refuses; this is what a lenient one adds.
LENIENT_SCHEMA_FIELDS = MappingProxyType({"title": "string", "default": "any", "additionalProperties": "any"})

_METADATA = {
    "ideType": "enum:IdeType",
    "platform": "enum:Platform",
    "pluginType": "enum:PluginType",
    "ideVersion": "string",
    "ideName": "string",
    "pluginVersion": "string",
    "updateChannel": "string",
    "duetProject": "string",
}

MESSAGES: dict[str, dict[str, str]] = {
    "GenerateEnvelope": {
        "project": "string",
        "requestId": "string",
        "request": "GenerateRequest",
        "model": "string",
        "userAgent": "string",
        "requestType": "string",
        "userPromptId": "string",
        "enabledCreditTypes": "[]string",
    },
    "GenerateRequest": {
        "contents": "[]Content",
        "systemInstruction": "Content",
        "tools": "[]Tool",
        "toolConfig": "ToolConfig",
        "generationConfig": "GenerationConfig",
        "safetySettings": "[]SafetySetting",
        "sessionId": "string",
        "labels": "{}string",
        "cachedContent": "string",
    },
    "CountEnvelope": {"project": "string", "request": "CountRequest"},
    "CountRequest": {
        "model": "string",
        "contents": "[]Content",
        "systemInstruction": "Content",
        "tools": "[]Tool",
        "generationConfig": "GenerationConfig",
    },
    "Content": {"role": "string", "parts": "[]Part"},
    "Part": {
        "text": "string",
        "thought": "bool",
        "thoughtSignature": "bytes",
        "inlineData": "Blob",
        "fileData": "FileData",
        "functionCall": "FunctionCall",
        "functionResponse": "FunctionResponse",
        "executableCode": "ExecutableCode",
        "codeExecutionResult": "CodeExecutionResult",
    },
    "Blob": {"mimeType": "string", "data": "bytes", "displayName": "string"},
    "FileData": {"mimeType": "string", "fileUri": "string"},
    "FunctionCall": {"name": "string", "args": "object", "id": "string"},
    "FunctionResponse": {"name": "string", "id": "string", "response": "object", "parts": "[]ResponsePart"},
    "ResponsePart": {"inlineData": "Blob", "fileData": "FileData"},
    "ExecutableCode": {"language": "enum:Language", "code": "string"},
    "CodeExecutionResult": {"outcome": "enum:Outcome", "output": "string"},
    "Tool": {
        "functionDeclarations": "[]FunctionDeclaration",
        "googleSearch": "GoogleSearch",
        "urlContext": "object",
        "codeExecution": "object",
    },
    "GoogleSearch": {"enhancedContent": "object"},
    "FunctionDeclaration": {
        "name": "string",
        "description": "string",
        "parameters": "Schema",
        "parametersJsonSchema": "any",
        "response": "Schema",
        "responseJsonSchema": "any",
    },
    "Schema": _SCHEMA,
    "ResponseSchema": _RESPONSE_SCHEMA,
    "ToolConfig": {"functionCallingConfig": "FunctionCallingConfig"},
    "FunctionCallingConfig": {"mode": "enum:Mode", "allowedFunctionNames": "[]string"},
    "GenerationConfig": {
        "temperature": "double",
        "topP": "double",
        "topK": "double",
        "candidateCount": "int32",
        "maxOutputTokens": "int32",
        "stopSequences": "[]string",
        "thinkingConfig": "ThinkingConfig",
        "responseMimeType": "string",
        "responseSchema": "ResponseSchema",
        "responseJsonSchema": "any",
        "responseModalities": "[]enum:Modality",
        "imageConfig": "ImageConfig",
        "seed": "int32",
        "presencePenalty": "double",
        "frequencyPenalty": "double",
        "responseLogprobs": "bool",
        "logprobs": "int32",
    },
    "ThinkingConfig": {
        "includeThoughts": "bool",
        "thinkingBudget": "int32",
        "thinkingLevel": "enum:ThinkingLevel",
    },
    "ImageConfig": {"aspectRatio": "string", "imageSize": "string"},
    "SafetySetting": {"category": "enum:HarmCategory", "threshold": "enum:Threshold"},
    "LoadRequest": {
        "metadata": "ClientMetadata",
        "cloudaicompanionProject": "string",
        "mode": "enum:LoadMode",
    },
    "OnboardRequest": {
        "tierId": "string",
        "metadata": "ClientMetadata",
        "cloudaicompanionProject": "string",
    },
    "ClientMetadata": _METADATA,
    "ModelsRequest": {"project": "string"},
    "QuotaRequest": {"project": "string", "userAgent": "string"},
}

# How error texts name a message or enum type; a name that is not listed lives in the package below.
TYPE_NAMES = MappingProxyType(
    {
        "Schema": "type.googleapis.com/google.cloud.aiplatform.master.Schema",
        "ResponseSchema": "type.googleapis.com/google.cloud.aiplatform.master.Schema",
        "Type": "type.googleapis.com/google.cloud.aiplatform.master.Type",
        "Mode": "type.googleapis.com/google.cloud.aiplatform.master.FunctionCallingConfig.Mode",
    }
)
TYPE_PACKAGE = "type.googleapis.com/google.cloud.aiplatform.master."
