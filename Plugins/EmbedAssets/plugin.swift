import Foundation
import PackagePlugin

/// Turns the text files of a target's `Assets` folder into `StaticString` literals.
///
/// `Bundle.module` crashes once the binary is moved, and `.embedInCode` takes minutes for half a
/// megabyte: a string literal takes under a second and costs nothing at start.
@main struct EmbedAssets: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = target.directoryURL.appending(path: "Assets")
        let files = try FileManager.default
            .contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .filter { !$0.hasDirectoryPath && !$0.lastPathComponent.hasPrefix(".") }
            .sorted { $0.path < $1.path }
        let output = context.pluginWorkDirectoryURL.appending(path: "Assets.generated.swift")
        return [
            .buildCommand(
                displayName: "Embedding \(files.count) assets",
                executable: try context.tool(named: "embed-assets").url,
                arguments: [output.path] + files.map(\.path),
                inputFiles: files,
                outputFiles: [output])
        ]
    }
}
